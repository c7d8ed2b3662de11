//go:build !windows

package syserr

import "syscall"

// The errors, by what they say.
const (
	Refused         = syscall.ECONNREFUSED
	NetUnreachable  = syscall.ENETUNREACH
	HostUnreachable = syscall.EHOSTUNREACH
	NotPermitted    = syscall.EPERM  // by a packet filter of this system
	Prohibited      = syscall.EACCES // by a route
	Invalid         = syscall.EINVAL // as a route that drops everything gives it
	TooManyFiles    = syscall.EMFILE
)

// Exhausted are the errors that say that there is nothing left to open a file with.
var Exhausted = []syscall.Errno{TooManyFiles, syscall.ENFILE, syscall.ENOMEM}
