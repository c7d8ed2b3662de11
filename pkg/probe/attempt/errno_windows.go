package attempt

import (
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// errnoKind returns the kind of a connection's Winsock error.
func errnoKind(e syscall.Errno) (observation.Kind, bool) {
	switch e {
	case windows.WSAECONNREFUSED, windows.ERROR_CONNECTION_REFUSED:
		return observation.KindConnectionRefused, true
	case windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.ERROR_NETNAME_DELETED:
		return observation.KindReset, true
	case windows.WSAENETUNREACH, windows.WSAENETDOWN, windows.ERROR_NETWORK_UNREACHABLE:
		return observation.KindNoRoute, true
	case windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN, windows.ERROR_HOST_UNREACHABLE:
		return observation.KindHostUnreachable, true
	case windows.WSAEACCES:
		// Winsock's word for what the Windows firewall forbids.
		return observation.KindNotPermitted, true
	case windows.WSAEINVAL:
		return observation.KindInvalid, true
	case windows.WSAEAFNOSUPPORT, windows.WSAEADDRNOTAVAIL, windows.WSAEPROTONOSUPPORT:
		return observation.KindNoFamily, true
	case windows.WSAEMFILE, windows.WSAENOBUFS, windows.ERROR_TOO_MANY_OPEN_FILES:
		return observation.KindNoResources, true
	case windows.WSAETIMEDOUT:
		return observation.KindTimeout, true
	}
	return "", false
}
