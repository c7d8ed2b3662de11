package main

import (
	"io/fs"
	"path/filepath"
	"syscall"
)

// A closedStream is a standard stream that was closed when the program started.
// Writing to it fails as the system call would have.
type closedStream struct{}

func (closedStream) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EBADF}
}

// namesClosedStream reports whether path names a standard stream that was
// closed at the start. Go's runtime has opened /dev/null in its place, which
// would swallow the report.
func namesClosedStream(path string) bool {
	stdout, stderr := wereClosed()
	switch filepath.ToSlash(filepath.Clean(path)) {
	case "/dev/fd/1", "/proc/self/fd/1":
		return stdout
	case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2":
		return stderr
	}
	return false
}
