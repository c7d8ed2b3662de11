//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags makes opening a named pipe without a reader fail instead of block.
const openFlags = syscall.O_NONBLOCK

// ownerOf returns the user id of a file's owner.
func ownerOf(info fs.FileInfo) (uid int, known bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// keepMode gives a new file the mode and group of the one it replaces, so that
// the same users can read it. It does so only if this user owns the old file:
// another user may have put it there to read the report.
func keepMode(f *os.File, old fs.FileInfo) {
	st, ok := old.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != os.Geteuid() || f.Chown(-1, int(st.Gid)) != nil {
		return
	}
	// If this fails, only this user can read the file, which is safe.
	_ = f.Chmod(old.Mode().Perm())
}

// cannotSync reports whether the file system does not support syncing.
func cannotSync(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL)
}
