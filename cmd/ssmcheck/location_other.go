//go:build !linux

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A directory is an open os.Root, so names in it cannot lead outside.
type directory struct {
	root *os.Root
	// special is the full path of an existing file that is not regular: os.Root
	// does not accept CON and NUL on Windows. Otherwise empty.
	special string
}

// locate follows the symbolic links of a path, but not another user's. The last
// name need not exist.
func locate(path string) (location, error) {
	if os.IsPathSeparator(path[len(path)-1]) {
		return location{}, syscall.EISDIR
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if err := refuseLink(dir, info); err != nil {
				return location{}, err
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
			return location{}, err
		}
		to, err := os.Readlink(path)
		if err != nil {
			return location{}, err
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return location{}, err
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return location{}, errTooManyLinks
}

// locateIn opens the directory of a path that is not a symbolic link.
func locateIn(path string) (location, error) {
	base := filepath.Base(path)
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return location{dir: &directory{special: path}, base: base}, nil
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return location{}, err
	}
	return location{dir: &directory{root: root}, base: base}, nil
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

// open opens a file in the directory. A new file is readable only by this user.
func (d *directory) open(base string, flags int, _ bool) (*os.File, error) {
	if d.special != "" {
		return os.OpenFile(d.special, flags, 0)
	}
	return d.root.OpenFile(base, flags, 0o600)
}

func (d *directory) rename(from, to string) error { return d.root.Rename(from, to) }

func (d *directory) remove(base string) error { return d.root.Remove(base) }
