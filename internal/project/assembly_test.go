package project

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAssembly assembles the files for other processors, so that a release is not the
// first to do so.
func TestAssembly(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "cmd", "*", "*_linux_*.s"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v; want a file for each processor", files, err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		_, arch, _ := strings.Cut(strings.TrimSuffix(filepath.Base(name), ".s"), "_linux_")
		c := exec.Command("go", "tool", "asm", "-p", "main", "-I", filepath.Join(strings.TrimSpace(string(goroot)), "pkg", "include"),
			"-o", filepath.Join(t.TempDir(), "start.o"), name)
		c.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", filepath.Base(name), err, out)
		}
	}
}
