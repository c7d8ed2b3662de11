//go:build !windows

package probe

import "syscall"

// errnoKind names what the kernel says of a connection.
func errnoKind(e syscall.Errno) (Kind, bool) {
	switch e {
	case syscall.ECONNREFUSED:
		return KindRefused, true
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return KindReset, true
	case syscall.ENETUNREACH, syscall.ENETDOWN:
		return KindNoRoute, true
	case syscall.EHOSTUNREACH, syscall.EHOSTDOWN:
		return KindHostUnreachable, true
	case syscall.EACCES:
		return KindProhibited, true
	case syscall.EINVAL:
		return KindInvalid, true
	case syscall.EPERM:
		return KindNotPermitted, true
	case syscall.EAFNOSUPPORT, syscall.EADDRNOTAVAIL, syscall.EPROTONOSUPPORT:
		return KindNoFamily, true
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
		return KindNoResources, true
	case syscall.ETIMEDOUT:
		return KindTimeout, true
	}
	return "", false
}
