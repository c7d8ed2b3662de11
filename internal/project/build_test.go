package project

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxSize limits the stripped program on linux/amd64. A use of text/template or of
// reflect.Value.MethodByName alone adds 7 MiB, because the linker then keeps every
// method. The program had 12.9 MiB in November 2026: 0.14 of them are for reading the
// agent's log, 0.22 for fleet and its page, 0.12 for the facts from Windows, which every
// system can judge.
const maxSize = 13 << 20

// TestBuild builds the program with the Makefile's flags, in two copies of the sources at
// paths of different lengths. The bytes must be the same, and not too many.
func TestBuild(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		cannot(t, "make is missing; the builds were not compared")
	}
	var builds [][]byte
	for _, dir := range []string{"a", "another/and/longer"} {
		dir = filepath.Join(t.TempDir(), dir)
		copySources(t, dir)
		cmd := exec.Command("make", "build", "BIN=out", "VERSION=v9.8.7-test")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "GOFLAGS=", "MAKEFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
		b, err := os.ReadFile(filepath.Join(dir, "out", "ssmcheck"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(filepath.Dir(dir))) {
			t.Error("the program has the path of its sources in it")
		}
		builds = append(builds, b)
	}
	if sha256.Sum256(builds[0]) != sha256.Sum256(builds[1]) {
		t.Error("two builds of the same sources differ")
	}
	if !bytes.Contains(builds[0], []byte("v9.8.7-test")) {
		t.Error("the version is not in the program")
	}
	t.Logf("ssmcheck for linux/amd64: %.2f MiB", float64(len(builds[0]))/(1<<20))
	if len(builds[0]) > maxSize {
		t.Errorf("ssmcheck has %d bytes, more than %d: is text/template in it?", len(builds[0]), maxSize)
	}
}

// copySources copies what a build needs.
func copySources(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel != "." && strings.HasPrefix(rel, ".") || rel == "bin" || rel == "dist" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		// In a worktree, .git is a file that refers to the repository.
		if !d.Type().IsRegular() || strings.HasSuffix(rel, "_test.go") || rel == ".git" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, info.Mode()) // scripts are executable
	})
	if err != nil {
		t.Fatal(err)
	}
}
