//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNewFilesMode: node_exporter, another user, can read a new file of metrics; no other report is
// for others.
func TestNewFilesMode(t *testing.T) {
	for format, want := range map[string]os.FileMode{"prometheus": 0o644, "json": 0o600} {
		path := filepath.Join(t.TempDir(), "report")
		list := outputs{{format: format, path: path}}
		if err := list.open(); err != nil {
			t.Fatal(err)
		}
		if err := list[0].put([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", format, info.Mode(), err)
		}
	}
}
