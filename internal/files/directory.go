package files

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// ListDirectory reads at most so many entries of a directory. Like OpenFile, it checks
// the type before it opens.
func ListDirectory(fsys fs.FS, at string, most int) (entries []fs.DirEntry, err error) {
	info, err := fs.Stat(fsys, at)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, syscall.ENOTDIR
	}
	f, err := fsys.Open(at)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, syscall.ENOTDIR
	}
	for err == nil && len(entries) < most {
		var more []fs.DirEntry
		more, err = d.ReadDir(most - len(entries))
		entries = append(entries, more...)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, err
}
