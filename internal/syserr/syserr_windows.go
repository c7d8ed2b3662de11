package syserr

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// The errors, named by their meaning.
const (
	Refused         = windows.WSAECONNREFUSED
	NetUnreachable  = windows.WSAENETUNREACH
	HostUnreachable = windows.WSAEHOSTUNREACH
	NotPermitted    = windows.WSAEACCES
	// Windows has no prohibiting routes; there is then no route.
	Prohibited   = windows.WSAENETUNREACH
	Invalid      = windows.WSAEINVAL
	TooManyFiles = windows.ERROR_TOO_MANY_OPEN_FILES
)

// Exhausted are the errors of a process or system that may open no more files.
var Exhausted = []syscall.Errno{TooManyFiles, windows.WSAENOBUFS, windows.ERROR_NOT_ENOUGH_MEMORY}
