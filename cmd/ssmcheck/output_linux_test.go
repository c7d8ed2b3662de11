package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file that fails only when it is written does not lose the report.
func TestRunFullDisk(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "-o", "json=/dev/full"), statusUnfinished)
	readReport(t, x.stdout.Bytes())
	if got, want := x.stderr.String(), "ssmcheck: cannot write the report to /dev/full: no space left on device\n"; got != want {
		t.Errorf("standard error: %q, want %q", got, want)
	}
}

// What a program reads from standard output stays whole.
func TestRunFullDiskBesideStandardOutput(t *testing.T) {
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "-o", "text=/dev/full", "-o", "json"), statusUnfinished)
	readReport(t, x.stdout.Bytes())
}

// A named pipe that nobody reads would wait for ever.
func TestRunNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "-o", "json="+path), statusUsage)
	if !strings.HasPrefix(x.stderr.String(), "ssmcheck: --output: cannot write to "+path+": ") || x.dials.Load() > 0 {
		t.Errorf("standard error: %q, %d connections", &x.stderr, x.dials.Load())
	}
}

// The report may tell addresses and names of a private network.
func TestRunFileMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "-o", "json="+path), 0)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
}

// A file of this user keeps its mode, so that a collector that was let read it
// still may; a link stays a link.
func TestOutputFileKeepsModeAndLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "report"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("report", link); err != nil {
		t.Fatal(err)
	}
	put(t, link, "new")
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o644 {
		t.Errorf("the mode is %v", info.Mode())
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
		t.Errorf("%q, %v", b, err)
	}
}

// A link to where there is nothing yet stays one, and the report is made where
// it points to.
func TestOutputFileDanglingLink(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "store", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"first": "second", "second": "deep/third", "deep/third": "../report", "absolute": filepath.Join(dir, "store", "other"),
		"lost": "no/such/report",
	} {
		if err := os.Symlink(to, filepath.Join(dir, "store", link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("store", filepath.Join(dir, "alias")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "alias", "first"), "new")
	put(t, filepath.Join(dir, "alias", "absolute"), "new")
	for _, name := range []string{"report", "other"} {
		if b, err := os.ReadFile(filepath.Join(dir, "store", name)); err != nil || string(b) != "new" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	for _, name := range []string{"first", "second", "deep/third", "absolute"} {
		if info, err := os.Lstat(filepath.Join(dir, "store", name)); err != nil || info.Mode().Type() != os.ModeSymlink {
			t.Errorf("the link %s is %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := openOutput(filepath.Join(dir, "alias", "lost")); err == nil {
		t.Error("a link into a directory that is not there is no error")
	}
}

// ownedInfo is a file's information with another owner.
type ownedInfo struct {
	fs.FileInfo
	uid uint32
}

func (o ownedInfo) Sys() any {
	st := *o.FileInfo.Sys().(*syscall.Stat_t)
	st.Uid = o.uid
	return &st
}

// A file of another user may have been put there to read the report.
func TestKeepModeOfAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	old, err := os.Create(path + ".old")
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := old.Chmod(0o666); err != nil {
		t.Fatal(err)
	}
	info, err := old.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		uid  int
		want fs.FileMode
	}{{os.Geteuid() + 1, 0o600}, {os.Geteuid(), 0o666}} {
		at, err := locate(path)
		if err != nil {
			t.Fatal(err)
		}
		f, _, err := at.create()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		keepMode(f, ownedInfo{info, uint32(c.uid)})
		if now, err := f.Stat(); err != nil || now.Mode() != c.want {
			t.Errorf("user %d: mode %v, want %v, %v", c.uid, now.Mode(), c.want, err)
		}
	}
}

// A named pipe that is read gets the report; it is not replaced by a file.
func TestOutputFilePipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	put(t, path, "new")
	b := make([]byte, 64)
	if n, err := reader.Read(b); err != nil || string(b[:n]) != "new" {
		t.Errorf("%q, %v", b[:n], err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the pipe is %v, %v", info.Mode(), err)
	}
}
