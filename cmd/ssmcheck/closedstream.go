package main

import (
	"io/fs"
	"path/filepath"
	"syscall"
)

// A closedStream is a standard stream that was closed when the program was
// started: nothing can be written there, as the system would say.
type closedStream struct{}

func (closedStream) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EBADF}
}

// namesClosedStream reports whether a file's name is one of the names of a
// standard stream that was closed. Go's runtime has put /dev/null there, which
// takes every report.
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
