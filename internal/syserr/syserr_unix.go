//go:build !windows

package syserr

import "syscall"

// The errors, named by their meaning.
const (
	Refused         = syscall.ECONNREFUSED
	NetUnreachable  = syscall.ENETUNREACH
	HostUnreachable = syscall.EHOSTUNREACH
	NotPermitted    = syscall.EPERM  // by a packet filter of this system
	Prohibited      = syscall.EACCES // by a route
	Invalid         = syscall.EINVAL // from a route that drops everything
	TooManyFiles    = syscall.EMFILE
)

// Exhausted are the errors of a process or system that may open no more files.
var Exhausted = []syscall.Errno{TooManyFiles, syscall.ENFILE, syscall.ENOMEM}
