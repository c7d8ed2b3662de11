//go:build !windows

package files

import "syscall"

// rootDirectory is what names in Files are relative to.
func rootDirectory() string { return "/" }

// SystemPath converts a name in the real root to the path that people know.
func SystemPath(name string) string { return "/" + name }

// exhausted are the errors of a process or system that may open no more files.
var exhausted = []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
