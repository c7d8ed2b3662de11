package project

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A buildCache is a Go build cache for a second build.
type buildCache struct {
	dir  string
	ours int // packages of this module in the program
}

// libraryCache returns a build cache with the program's dependencies, and nothing of
// this module, so that the second build compiles all of this module again: only that may
// depend on the path, the time and the language. Compiling Go's library and the
// dependencies again would take minutes and show only that Go's compiler is
// deterministic: their sources are at the same path for both builds, with verified
// checksums.
func libraryCache(t *testing.T, source string) buildCache {
	t.Helper()
	goCommand := func(args ...string) string {
		cmd := exec.Command("go", args...)
		cmd.Dir = source
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOFLAGS=-mod=readonly", "CGO_ENABLED=0", "GOFIPS140=off")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", cmd.Args, err)
		}
		return strings.TrimSpace(string(out))
	}
	c := buildCache{dir: t.TempDir()}
	libraries := map[string]bool{} // by the cache's names of the compiled packages
	for line := range strings.Lines(goCommand("list", "-deps", "-export", "-trimpath", "-f", "{{.ImportPath}} {{.Export}}", "./cmd/ssmcheck")) {
		path, compiled, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case strings.HasPrefix(path, module):
			c.ours++
		case compiled != "": // unsafe is not compiled
			libraries[strings.TrimSuffix(filepath.Base(compiled), "-d")] = true
		}
	}
	// An entry (ID-a) is "v1 ID OUTPUT SIZE TIME", and the output is in OUTPUT-d. If
	// that ever changes, nothing is found, and everything is compiled.
	from := goCommand("env", "GOCACHE")
	entries, err := filepath.Glob(filepath.Join(from, "??", "*-a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range entries {
		entry, _ := os.ReadFile(path)
		words := strings.Fields(string(entry))
		if len(words) < 3 || !libraries[words[2]] {
			continue
		}
		output := filepath.Join(words[2][:2], words[2]+"-d")
		for _, name := range []string{output, filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path))} {
			to := filepath.Join(c.dir, name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(from, name), to); err != nil && !os.IsExist(err) {
				t.Fatal(err)
			}
		}
	}
	return c
}

// wantAllOfOursCompiled checks that the build compiled every package of this module.
func (c buildCache) wantAllOfOursCompiled(t *testing.T) {
	t.Helper()
	compiled := 0
	outputs, err := filepath.Glob(filepath.Join(c.dir, "??", "*-d"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range outputs {
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(b, []byte("!<arch>")) && bytes.Contains(b, []byte(module)) {
			compiled++
		}
	}
	if c.ours < 5 || compiled < c.ours {
		t.Errorf("the second build compiled %d packages, and the program has %d of this module", compiled, c.ours)
	}
}
