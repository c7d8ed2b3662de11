//go:build !windows

package files

import "syscall"

// rootDirectory is where the names of Files begin.
func rootDirectory() string { return "/" }

// SystemPath gives a name within the real root as a person knows it.
func SystemPath(name string) string { return "/" + name }

// exhausted are the errors that say that a process or the system may open no more.
var exhausted = []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
