//go:build !windows

package attempt

import (
	"syscall"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// errnoKind returns the kind of a connection's errno.
func errnoKind(e syscall.Errno) (observation.Kind, bool) {
	switch e {
	case syscall.ECONNREFUSED:
		return observation.KindConnectionRefused, true
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return observation.KindReset, true
	case syscall.ENETUNREACH, syscall.ENETDOWN:
		return observation.KindNoRoute, true
	case syscall.EHOSTUNREACH, syscall.EHOSTDOWN:
		return observation.KindHostUnreachable, true
	case syscall.EACCES:
		return observation.KindProhibited, true
	case syscall.EINVAL:
		return observation.KindInvalid, true
	case syscall.EPERM:
		return observation.KindNotPermitted, true
	case syscall.EAFNOSUPPORT, syscall.EADDRNOTAVAIL, syscall.EPROTONOSUPPORT:
		return observation.KindNoFamily, true
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
		return observation.KindNoResources, true
	case syscall.ETIMEDOUT:
		return observation.KindTimeout, true
	}
	return "", false
}
