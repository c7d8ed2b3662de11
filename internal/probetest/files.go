package probetest

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/internal/syserr"
)

// NodeFS is a node's root in which reading some files is not permitted.
type NodeFS struct {
	fstest.MapFS
	Denied []string
}

func (f NodeFS) check(op, name string) error {
	if slices.Contains(f.Denied, name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
	}
	return nil
}

func (f NodeFS) Open(name string) (fs.File, error) {
	if err := f.check("open", name); err != nil {
		return nil, err
	}
	return f.MapFS.Open(name)
}

func (f NodeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.check("open", name); err != nil {
		return nil, err
	}
	return f.MapFS.ReadDir(name)
}

// Root makes a root directory. A text that begins with "-> " is a symbolic link.
func Root(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			m[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return m
}

// Compare reports how got differs from want.
func Compare(t *testing.T, want, got any) {
	t.Helper()
	options := cmp.Options{
		cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}),
		cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func Ports(list ...string) []netip.AddrPort {
	var all []netip.AddrPort
	for _, s := range list {
		all = append(all, netip.MustParseAddrPort(s))
	}
	return all
}

// A FailingFS is a node's root in which one step fails at one name.
type FailingFS struct {
	fstest.MapFS
	Name string
	Step string // "stat", "open", "read" (for a directory: of its entries)
	Err  error
}

func (f FailingFS) fails(step, name string) error {
	if step == f.Step && name == f.Name {
		return &fs.PathError{Op: step, Path: name, Err: f.Err}
	}
	return nil
}

func (f FailingFS) Stat(name string) (fs.FileInfo, error) {
	if err := f.fails("stat", name); err != nil {
		return nil, err
	}
	return f.MapFS.Stat(name)
}

func (f FailingFS) Lstat(name string) (fs.FileInfo, error) {
	if err := f.fails("stat", name); err != nil {
		return nil, err
	}
	return f.MapFS.Lstat(name)
}

func (f FailingFS) Open(name string) (fs.File, error) {
	if err := f.fails("open", name); err != nil {
		return nil, err
	}
	file, err := f.MapFS.Open(name)
	if err != nil {
		return nil, err
	}
	if err := f.fails("read", name); err != nil {
		return failingFile{file, err}, nil //nolint:nilerr // the file opens, and returns the error when it is read
	}
	return file, nil
}

func (f FailingFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := errors.Join(f.fails("open", name), f.fails("read", name)); err != nil {
		return nil, err
	}
	return f.MapFS.ReadDir(name)
}

// A failingFile can be opened but not read.
type failingFile struct {
	fs.File
	err error
}

func (f failingFile) Read([]byte) (int, error) { return 0, f.err }

func (f failingFile) ReadDir(int) ([]fs.DirEntry, error) { return nil, f.err }

// Anywhere are the steps that can fail at a file or a directory.
var Anywhere = []string{"stat", "open", "read"}

// Unreadable are the errors that keep a file from being read without saying that it does
// not exist.
var Unreadable = func() []error {
	all := []error{syscall.EIO, syscall.EACCES, syscall.EPERM, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ETIMEDOUT}
	for _, e := range syserr.Exhausted {
		all = append(all, e)
	}
	return all
}()

// HangingFS hangs at one file.
type HangingFS struct {
	fstest.MapFS
	Name string
	Hang chan struct{}
}

func (f HangingFS) wait(name string) fstest.MapFS {
	if name == f.Name {
		<-f.Hang
	}
	return f.MapFS
}

func (f HangingFS) Open(name string) (fs.File, error) { return f.wait(name).Open(name) }

func (f HangingFS) Stat(name string) (fs.FileInfo, error) { return f.wait(name).Stat(name) }

func (f HangingFS) Lstat(name string) (fs.FileInfo, error) { return f.wait(name).Lstat(name) }

func UnitText(environment string) string { return "[Service]\nEnvironment=" + environment + "\n" }

// Misplaced returns forms of a URL with a secret that somebody may write where a path or a
// name belongs.
func Misplaced(secret string) []string {
	const at = "@127.0.0.1:3128"
	var all []string
	for _, scheme := range []string{"http://", "http:/", "HTTPS://", "socks5:/", `http:\\`, "postgres://", "", "//", "mailto:", "http%3A%2F%2F"} {
		all = append(all, scheme+"user:"+secret+at, scheme+"user:"+secret+at+"/certs/x.pem", scheme+"user:a@"+secret+"/pw"+at, scheme+"user:"+secret+"%40127.0.0.1", scheme+"user%3A"+secret+at)
	}
	return append(all, "http://"+secret+at, "http:/"+secret+at, "http://127.0.0.1/?auth="+secret, "http://127.0.0.1/"+secret)
}
