//go:build unix

package fleet

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// makeSpecial puts into a directory what is no file, and links. It reports whether
// this system has such.
func makeSpecial(t *testing.T, dir string) bool {
	t.Helper()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"linked.json": "deep", "device.json": "/dev/zero", "broken.json": "nothing", "good.json": "a.json",
		"latest": "deep", "elsewhere": t.TempDir()} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return true
}
