package files

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestReadFile(t *testing.T) {
	files := probetest.NodeFS{
		MapFS: fstest.MapFS{
			"etc/plain":  {Data: []byte("hello")},
			"etc/long":   {Data: []byte(strings.Repeat("x", MaxFile+1))},
			"etc/full":   {Data: []byte(strings.Repeat("x", MaxFile))},
			"etc/secret": {Data: []byte("hello")},
			"etc/dir":    {Mode: fs.ModeDir | 0o755},
			"etc/null":   {Mode: fs.ModeDevice | fs.ModeCharDevice | 0o666},
			"etc/fifo":   {Mode: fs.ModeNamedPipe | 0o644},
		},
		Denied: []string{"etc/secret"},
	}
	for _, test := range []struct {
		name string
		size int
		kind observation.Kind
	}{
		{"etc/plain", 5, ""},
		{"etc/full", MaxFile, ""},
		{"etc/long", MaxFile, observation.KindTooLarge},
		{"etc/secret", 0, observation.KindDenied},
		{"etc/none", 0, observation.KindAbsent},
		{"etc/dir", 0, observation.KindOther},
		{"etc/null", 0, observation.KindOther},
		{"etc/fifo", 0, observation.KindOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, failure := Machine{Files: files}.ReadFile(test.name)
			if len(b) != test.size {
				t.Errorf("read %d bytes, want %d", len(b), test.size)
			}
			if test.kind == "" {
				if failure != nil {
					t.Errorf("failure %v, want none", failure)
				}
				return
			}
			if !failure.Of(test.kind) {
				t.Fatalf("failure %v, want kind %s", failure, test.kind)
			}
			if !strings.HasPrefix(failure.Text, "/"+test.name+": ") {
				t.Errorf("text %q does not name the file", failure.Text)
			}
		})
	}
}

// Unlike a map, the real root has directories and missing files.
func TestReadFileOfTheSystem(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/plain", []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := Machine{Files: os.DirFS(dir)}
	if b, failure := p.ReadFile("plain"); string(b) != "hello" || failure != nil {
		t.Errorf("read %q, %v", b, failure)
	}
	if _, failure := p.ReadFile("."); !failure.Of(observation.KindOther) {
		t.Errorf("a directory: %v, want kind other", failure)
	}
	if _, failure := p.ReadFile("absent"); !failure.Of(observation.KindAbsent) {
		t.Errorf("no file: %v, want kind absent", failure)
	}
}
