//go:build unix

package fleet

import "syscall"

// openFlags: a FIFO that has just taken a file's place must not be waited for.
const openFlags = syscall.O_NONBLOCK
