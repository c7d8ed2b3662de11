package probe

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// errnoKind names what Winsock says of a connection.
func errnoKind(e syscall.Errno) (Kind, bool) {
	switch e {
	case windows.WSAECONNREFUSED, windows.ERROR_CONNECTION_REFUSED:
		return KindRefused, true
	case windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.ERROR_NETNAME_DELETED:
		return KindReset, true
	case windows.WSAENETUNREACH, windows.WSAENETDOWN, windows.ERROR_NETWORK_UNREACHABLE:
		return KindNoRoute, true
	case windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN, windows.ERROR_HOST_UNREACHABLE:
		return KindHostUnreachable, true
	case windows.WSAEACCES:
		// Winsock's word for what the Windows firewall forbids.
		return KindNotPermitted, true
	case windows.WSAEINVAL:
		return KindInvalid, true
	case windows.WSAEAFNOSUPPORT, windows.WSAEADDRNOTAVAIL, windows.WSAEPROTONOSUPPORT:
		return KindNoFamily, true
	case windows.WSAEMFILE, windows.WSAENOBUFS, windows.ERROR_TOO_MANY_OPEN_FILES:
		return KindNoResources, true
	case windows.WSAETIMEDOUT:
		return KindTimeout, true
	}
	return "", false
}
