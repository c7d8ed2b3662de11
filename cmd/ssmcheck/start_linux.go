package main

import "syscall"

// Go's runtime opens /dev/null in place of a standard stream that is closed,
// long before main: a report that is written there is lost in silence. Nothing
// tells such a /dev/null from one that was given afterwards: Python's
// subprocess.DEVNULL is opened in the same way. So the program begins at start, in assembly,
// which asks before the runtime does, and then begins as every Go program. The
// Makefile names it to the linker (-E); in a program that was built without
// that, nothing is known.

// The start also allows the kernel to wake this program's threads half a millisecond
// late, in place of 50 µs. The runtime's monitor sleeps for 20 µs at a time while the
// program works: with the usual slack it wakes some hundred times in a run for
// nothing, and takes the processor from those who work. A thread has the slack of
// the one that starts it, and the monitor is started before main: so it is set here.

// What fcntl answered for the two streams at the very beginning: -EBADF where
// one was closed. 0: it was open, or nothing is known.
var stdoutAtStart, stderrAtStart int

// wereClosed reports which of the two streams were closed when the program was
// started.
func wereClosed() (stdout, stderr bool) {
	const closed = -int(syscall.EBADF)
	return stdoutAtStart == closed, stderrAtStart == closed
}
