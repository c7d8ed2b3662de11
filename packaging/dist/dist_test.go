package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// skip says aloud what was not tested; under CI=true that is a failure.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip("SKIP: " + why)
}

// unset removes a variable that t.Setenv restores afterwards.
func unset(t *testing.T, name string) {
	t.Helper()
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

var (
	someFiles = []file{{"b", 0o755, []byte("program")}, {"a/c.txt", 0o644, []byte("text")}}
	someTime  = time.Date(2026, 1, 2, 15, 4, 6, 0, time.UTC)
	wantFiles = []string{"dir/b -rwxr-xr-x program", "dir/a/c.txt -rw-r--r-- text"}
)

func TestTarGz(t *testing.T) {
	data, err := tarGz("dir", someFiles, someTime)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked.Name != "" || !unpacked.ModTime.IsZero() {
		t.Errorf("gzip's header has name %q and time %s", unpacked.Name, unpacked.ModTime)
	}
	r := tar.NewReader(unpacked)
	var got []string
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, h.Name+" "+h.FileInfo().Mode().String()+" "+string(text))
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "root" || !h.ModTime.Equal(someTime) {
			t.Errorf("%s: owner %d %s, time %s", h.Name, h.Uid, h.Uname, h.ModTime)
		}
	}
	if diff := cmp.Diff(wantFiles, got); diff != "" {
		t.Error(diff)
	}
}

// TestZip packs in two time zones: a zip's older time field has none.
func TestZip(t *testing.T) {
	data, err := zipped("dir", someFiles, someTime)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := zipped("dir", someFiles, someTime.In(time.FixedZone("", 5*3600)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, elsewhere) {
		t.Error("the archive depends on the time zone")
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Name+" "+f.Mode().String()+" "+string(text))
		if !f.Modified.Equal(someTime) {
			t.Errorf("%s: time %s", f.Name, f.Modified)
		}
	}
	if diff := cmp.Diff(wantFiles, got); diff != "" {
		t.Error(diff)
	}
}

func TestSame(t *testing.T) {
	for _, tt := range []struct {
		name string
		b    map[string]string
		want string // in the error; empty: none
	}{
		{"the same", map[string]string{"x": "1", "y": "2"}, ""},
		{"other bytes", map[string]string{"x": "1", "y": "3"}, "differ in y"},
		{"one missing", map[string]string{"y": "2"}, "differ in x"},
		{"one more", map[string]string{"x": "1", "y": "2", "z": ""}, "differ in z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := t.TempDir(), t.TempDir()
			write(t, filepath.Join(a, "x"), "1")
			write(t, filepath.Join(a, "y"), "2")
			for name, text := range tt.b {
				write(t, filepath.Join(b, name), text)
			}
			err := same(a, b)
			if err == nil != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if err := same(t.TempDir(), t.TempDir()); err == nil {
		t.Error("two builds of nothing count as the same")
	}
}

// TestReplace holds that only an earlier release is ever removed.
func TestReplace(t *testing.T) {
	built := t.TempDir()
	write(t, filepath.Join(built, "new"), "")
	if err := writeSums(built); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	write(t, filepath.Join(home, "thesis"), "")
	if mayReplace(home) == nil {
		t.Error("a directory with other files would be replaced")
	}
	for _, dir := range []string{filepath.Join(t.TempDir(), "missing"), t.TempDir(), built} {
		if err := mayReplace(dir); err != nil {
			t.Error(err)
		}
	}
	old := t.TempDir()
	write(t, filepath.Join(old, "old"), "")
	write(t, filepath.Join(old, sumsFile), "")
	if err := replace(old, built); err != nil {
		t.Fatal(err)
	}
	if err := same(old, built); err != nil {
		t.Error(err)
	}
}

func TestChooseTargets(t *testing.T) {
	if got, err := chooseTargets(""); err != nil || len(got) != 8 {
		t.Errorf("%v, %v, want all eight", got, err)
	}
	if got, err := chooseTargets("linux/arm,darwin/arm64"); err != nil || len(got) != 2 || got[0].String() != "linux/arm" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"linux", "linux/mips", "linux/arm,", "linux/arm,linux/arm"} {
		if got, err := chooseTargets(bad); err == nil {
			t.Errorf("-targets %s gives %v", bad, got)
		}
	}
}

// TestSettle wants out of an SBOM what differs from machine to machine, and
// the rest kept.
func TestSettle(t *testing.T) {
	raw := `{"version":1,"metadata":{"tools":[{"name":"t","hashes":[{"alg":"MD5","content":"0"}]}]},
		"components":[{"name":"<c>","hashes":[{"content":"1"}]}]}`
	got, err := settle([]byte(raw), someTime)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "components": [
    {
      "hashes": [
        {
          "content": "1"
        }
      ],
      "name": "<c>"
    }
  ],
  "metadata": {
    "timestamp": "2026-01-02T15:04:06Z",
    "tools": [
      {
        "name": "t"
      }
    ]
  },
  "version": 1
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "[]", "{}", `{"metadata":{}}`} {
		if _, err := settle([]byte(bad), someTime); err == nil {
			t.Errorf("%q passes for an SBOM", bad)
		}
	}
}

func TestLicences(t *testing.T) {
	module := fstest.MapFS{
		"LICENSE":                 {Data: []byte("BSD\n")},
		"NOTICE.txt":              {Data: []byte("notice")},
		"licence.go":              {Data: []byte("package x")},
		"inner/COPYING.md":        {Data: []byte("MIT")},
		".github/LICENSE":         {Data: []byte("hidden")},
		"inner/testdata/LICENSE":  {Data: []byte("of a test")},
		"inner/LICENSE/readme.md": {Data: []byte("in a directory of that name")},
	}
	deep, err := licenceFiles(module, "m v1", true)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := licenceFiles(module, "other v2", false)
	if err != nil {
		t.Fatal(err)
	}
	text := string(joinLicences(append(deep, flat...)))
	for _, want := range []string{
		"m v1, LICENSE\nother v2, LICENSE\n---", "m v1, NOTICE.txt\nother v2, NOTICE.txt\n---", "m v1, inner/COPYING.md\n---",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q does not stand once in\n%s", want, text)
		}
	}
	for _, word := range []string{"BSD", "notice", "MIT"} {
		if strings.Count(text, "\n"+word+"\n") != 1 {
			t.Errorf("the text %q does not stand once in\n%s", word, text)
		}
	}
	if strings.Contains(text, "hidden") || strings.Contains(text, "of a test") || strings.Contains(text, "package x") {
		t.Errorf("what is no licence is in\n%s", text)
	}
	if _, err := licenceFiles(fstest.MapFS{"inner/LICENSE": {}}, "m", true); err == nil {
		t.Error("a module without a licence of its own passes")
	}
}
