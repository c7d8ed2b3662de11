//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keeps the opening of a named pipe that nobody reads from waiting
// for a reader: it fails instead.
const openFlags = syscall.O_NONBLOCK

// ownerOf is the user of a file.
func ownerOf(info fs.FileInfo) (uid int, known bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// keepMode gives a new file the mode and the group of the one it replaces, so
// that whoever was let read that reads this. It does so for a file of this user
// only: another's file may have been put there to read the report.
func keepMode(f *os.File, old fs.FileInfo) {
	st, ok := old.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != os.Geteuid() || f.Chown(-1, int(st.Gid)) != nil {
		return
	}
	// Where it fails, the file is this user's alone, which is safe.
	_ = f.Chmod(old.Mode().Perm())
}

// cannotSync reports whether the file system has no way to sync a file.
func cannotSync(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL)
}
