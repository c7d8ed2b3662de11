//go:build !linux

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A directory is held open as os.Root does it: no name in it leads elsewhere.
type directory struct {
	root *os.Root
	// special is the whole path of what is no regular file there: os.Root
	// knows no CON and no NUL of Windows. Empty: a regular file, or nothing.
	special string
}

// locate follows the links of a path, none of another user's, as far as there
// is something.
func locate(path string) (place, error) {
	if os.IsPathSeparator(path[len(path)-1]) {
		return place{}, syscall.EISDIR
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if err := refuseLink(dir, info); err != nil {
				return place{}, err
			}
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	for range maxLinks {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return locateIn(path)
		}
		if err := refuseLink(path, info); err != nil {
			return place{}, err
		}
		to, err := os.Readlink(path)
		if err != nil {
			return place{}, err
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return place{}, err
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return place{}, errTooManyLinks
}

// locateIn opens the directory of a path that is no link.
func locateIn(path string) (place, error) {
	base := filepath.Base(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return place{dir: &directory{special: path}, base: base}, nil
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return place{}, err
	}
	return place{dir: &directory{root: root}, base: base}, nil
}

func (d *directory) close() error {
	if d == nil || d.root == nil {
		return nil
	}
	return d.root.Close()
}

func (d *directory) stat() (fs.FileInfo, error) { return d.root.Stat(".") }

func (d *directory) lstat(base string) (fs.FileInfo, error) {
	if d.special != "" {
		return os.Lstat(d.special)
	}
	return d.root.Lstat(base)
}

func (d *directory) readlink(base string) (string, error) { return d.root.Readlink(base) }

// open opens a file of the directory, for this user alone where it makes one.
func (d *directory) open(base string, flags int, _ bool) (*os.File, error) {
	if d.special != "" {
		return os.OpenFile(d.special, flags, 0)
	}
	return d.root.OpenFile(base, flags, 0o600)
}

func (d *directory) rename(from, to string) error { return d.root.Rename(from, to) }

func (d *directory) remove(base string) error { return d.root.Remove(base) }
