package syserr

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// The errors, by what they say.
const (
	Refused         = windows.WSAECONNREFUSED
	NetUnreachable  = windows.WSAENETUNREACH
	HostUnreachable = windows.WSAEHOSTUNREACH
	NotPermitted    = windows.WSAEACCES
	// Windows has no route that prohibits: there is none.
	Prohibited   = windows.WSAENETUNREACH
	Invalid      = windows.WSAEINVAL
	TooManyFiles = windows.ERROR_TOO_MANY_OPEN_FILES
)

// Exhausted are the errors that say that there is nothing left to open a file with.
var Exhausted = []syscall.Errno{TooManyFiles, windows.WSAENOBUFS, windows.ERROR_NOT_ENOUGH_MEMORY}
