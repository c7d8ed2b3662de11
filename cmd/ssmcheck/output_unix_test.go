//go:build !windows

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that is there is replaced at once: whoever has it open reads the
// earlier report to its end.
// Windows lets an open file be replaced only where its reader allows that.
func TestOutputFileReplaces_whileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(path, []byte("an earlier, longer report"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, "new")
	b := make([]byte, 64)
	n, _ := reader.Read(b)
	reader.Close()
	if string(b[:n]) != "an earlier, longer report" {
		t.Errorf("the reader got %q", b[:n])
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
		t.Errorf("%q, %v", b, err)
	}
	wantFiles(t, filepath.Dir(path), "report")
}
