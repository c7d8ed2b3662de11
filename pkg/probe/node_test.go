package probe

import (
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// nodeFS is a node's root, in which some files may not be read.
type nodeFS struct {
	fstest.MapFS
	denied []string
}

func (f nodeFS) check(op, name string) error {
	if slices.Contains(f.denied, name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
	}
	return nil
}

func (f nodeFS) Open(name string) (fs.File, error) {
	if err := f.check("open", name); err != nil {
		return nil, err
	}
	return f.MapFS.Open(name)
}

func (f nodeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.check("open", name); err != nil {
		return nil, err
	}
	return f.MapFS.ReadDir(name)
}

// root makes a root of files. A text that begins with "-> " is a symbolic
// link.
func root(files map[string]string) fstest.MapFS {
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

// bare is a Prober on a node of these files alone, with an empty environment.
func bare(files map[string]string) *Prober {
	return &Prober{
		Files:             root(files),
		Getenv:            func(string) string { return "" },
		InterfacePrefixes: func() ([]netip.Prefix, error) { return nil, nil },
	}
}

// compare reports how got differs from want.
func compare(t *testing.T, want, got any) {
	t.Helper()
	options := cmp.Options{
		cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{}),
		cmpopts.EquateEmpty(),
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func ports(list ...string) []netip.AddrPort {
	var all []netip.AddrPort
	for _, s := range list {
		all = append(all, netip.MustParseAddrPort(s))
	}
	return all
}
