package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// stranger is a user who is neither root nor the one who tests.
const stranger = 65534

// needsRoot ends a test that has to give files to another user.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("not root, and must be under CI: files are given to another user")
	}
	t.Skip("SKIP: files are given to another user, which root alone can do")
}

// sharedDirectory is one that others can write. Its path has no link in it.
func sharedDirectory(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	must(t, os.Chmod(dir, 0o777))
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// give gives a file, or a link itself, to the stranger.
func give(t *testing.T, path string) {
	t.Helper()
	must(t, os.Lchown(path, stranger, stranger))
}

// A named pipe of another user is there to read the report, and is no output.
func TestOutput_strangersPipe(t *testing.T) {
	needsRoot(t)
	path := filepath.Join(sharedDirectory(t), "report.json")
	must(t, syscall.Mkfifo(path, 0o666))
	give(t, path)
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	must(t, err)
	defer reader.Close()
	x := newTrial(t, "private-vpc")
	x.want(t, x.run(t, "-o", "json="+path), statusUsage)
	x.wantError(t, "--output", path, "FIFO", strconv.Itoa(stranger))
	if n := x.dials.Load(); n > 0 {
		t.Errorf("%d connections", n)
	}
	if b, _ := io.ReadAll(reader); len(b) > 0 {
		t.Errorf("the stranger read %.80q", b)
	}
}

// What is opened counts, and not what stood there before: a pipe may have come
// in the place of a file.
func TestOpenOld_strangersPipe(t *testing.T) {
	needsRoot(t)
	path := filepath.Join(sharedDirectory(t), "report.json")
	at, err := locate(path)
	must(t, err)
	defer at.dir.close()
	must(t, syscall.Mkfifo(path, 0o666))
	give(t, path)
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	must(t, err)
	defer reader.Close()
	if f, _, err := at.openOld(); err == nil {
		f.Close()
		t.Error("no error")
	}
}

// A device of another user is refused; one of root's is none of another's.
func TestRefuseForeign(t *testing.T) {
	info, err := os.Stat("/dev/full")
	must(t, err)
	if err := refuseForeign(info); err != nil {
		t.Error(err)
	}
	err = refuseForeign(ownedInfo{info, uint32(os.Geteuid() + 1)})
	wantFacts(t, fmt.Sprint(err), "device", strconv.Itoa(os.Geteuid()+1))
}

// A link of another user leads nowhere: as the file itself, as a directory of
// its path, behind a link of this user's, or to where there is nothing.
func TestOutput_strangersLink(t *testing.T) {
	needsRoot(t)
	dir, elsewhere := sharedDirectory(t), sharedDirectory(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(filepath.Join(elsewhere, "there"), []byte("mine"), 0o600))
	for name, to := range map[string]string{
		"file": filepath.Join(elsewhere, "there"), "nothing": filepath.Join(elsewhere, "new"), "directory": elsewhere,
		"device": "/dev/null",
	} {
		must(t, os.Symlink(to, at(name)))
		give(t, at(name))
	}
	must(t, os.Symlink("file", at("own")))
	must(t, os.Symlink(at("directory")+"/there", at("own-absolute")))
	for name, link := range map[string]string{
		"file": "file", "nothing": "nothing", "directory/new": "directory", "directory/there": "directory",
		"device": "device", "own": "file", "own-absolute": "directory",
	} {
		o, err := openOutput(at(name))
		if err == nil {
			t.Errorf("%s: no error", name)
			o.close()
			continue
		}
		wantFacts(t, err.Error(), at(link), "link", strconv.Itoa(stranger))
	}
	wantFiles(t, elsewhere, "there")
	if b, err := os.ReadFile(filepath.Join(elsewhere, "there")); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// A directory that is swapped for a link while the run lasts takes the report
// nowhere else, whether there was a file before or not.
func TestOutput_swappedParent(t *testing.T) {
	for _, before := range []bool{true, false} {
		top, elsewhere := sharedDirectory(t), sharedDirectory(t)
		dir, moved := filepath.Join(top, "dir"), filepath.Join(top, "moved")
		must(t, os.Mkdir(dir, 0o700))
		if before {
			must(t, os.WriteFile(filepath.Join(dir, "report"), []byte("old"), 0o600))
		}
		o, err := openOutput(filepath.Join(dir, "report"))
		must(t, err)
		must(t, os.Rename(dir, moved))
		must(t, os.Symlink(elsewhere, dir))
		must(t, o.put([]byte("new")))
		wantFiles(t, elsewhere)
		wantFiles(t, moved, "report")
		if b, err := os.ReadFile(filepath.Join(moved, "report")); err != nil || string(b) != "new" {
			t.Errorf("%q, %v", b, err)
		}
	}
}

// Nor does a link that takes the file's own place: it is replaced.
func TestOutput_swappedFile(t *testing.T) {
	dir := sharedDirectory(t)
	path, other := filepath.Join(dir, "report"), filepath.Join(dir, "other")
	must(t, os.WriteFile(path, []byte("old"), 0o600))
	must(t, os.WriteFile(other, []byte("other"), 0o600))
	o, err := openOutput(path)
	must(t, err)
	must(t, os.Remove(path))
	must(t, os.Symlink(other, path))
	must(t, o.put([]byte("new")))
	for name, want := range map[string]string{path: "new", other: "other"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	wantFiles(t, dir, "report", "other")
}

// A descriptor was given by whoever started the program: process substitution,
// and a pipe of the user who called sudo.
func TestOutput_descriptor(t *testing.T) {
	for _, name := range []string{"/dev/fd/%d", "/proc/self/fd/%d", fmt.Sprintf("/proc/%d/fd/%%d", os.Getpid())} {
		r, w, err := os.Pipe()
		must(t, err)
		if os.Geteuid() == 0 {
			must(t, w.Chown(stranger, stranger))
		}
		put(t, fmt.Sprintf(name, w.Fd()), "new")
		w.Close()
		if b, err := io.ReadAll(r); err != nil || string(b) != "new" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		r.Close()
	}
	path := filepath.Join(t.TempDir(), "file")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	put(t, fmt.Sprintf("/dev/fd/%d", f.Fd()), "new")
	if b, err := os.ReadFile(path); err != nil || string(b) != "new" {
		t.Errorf("%q, %v", b, err)
	}
}

// No descriptor is left open, whatever becomes of an output.
func TestOutput_leavesNoDescriptor(t *testing.T) {
	dir := sharedDirectory(t)
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	must(t, os.WriteFile(filepath.Join(dir, "old"), nil, 0o600))
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	before := openDescriptors(t)
	for _, name := range []string{"new", "old", "loop", "fifo", "no/such/file", "old/file", ".", "", "..", strings.Repeat("x", 300)} {
		if o, err := openOutput(dir + "/" + name); err == nil {
			must(t, o.put([]byte("new")))
			o.close()
		}
	}
	for _, name := range []string{"/dev/null", "/dev/full", "/dev/fd/77", "/proc/self/fd/1/x", "/no/such/file"} {
		if o, err := openOutput(name); err == nil {
			o.close()
		}
	}
	if after := openDescriptors(t); after != before {
		t.Errorf("%d descriptors are open, and %d were before", after, before)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(list)
}
