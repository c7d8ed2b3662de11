package main

import (
	"io/fs"
	"path/filepath"
	"syscall"
)

// Long before main, Go's runtime opens /dev/null in place of a closed standard
// stream, and a report written there is silently lost. Afterwards such a
// /dev/null looks the same as one that the caller passed: Python opens
// subprocess.DEVNULL the same way. So on Linux the program's entry point is an
// assembly routine that checks the streams and then jumps to Go's entry point.
// The Makefile passes it to the linker (-E); a program built without that option
// does not know which streams were closed. Windows refuses to write to such a
// stream.

// The entry point also raises the timer slack of this program's threads from
// 50 µs to half a millisecond. While the program works, the runtime's monitor
// sleeps for 20 µs at a time: with the default slack it wakes some hundred times
// a run for nothing and takes processor time from the workers. A thread inherits
// the slack of the thread that starts it, and the monitor starts before main, so
// it must be set here.

// What fcntl returned for the two streams at the entry point: -EBADF if the
// stream was closed, 0 if it was open or unknown.
var stdoutAtStart, stderrAtStart int

// wereClosed reports which of the two streams were closed when the program
// started.
func wereClosed() (stdout, stderr bool) {
	const closed = -int(syscall.EBADF)
	return stdoutAtStart == closed, stderrAtStart == closed
}

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
