package probe

import (
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"reflect"
	"syscall"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// failureOf tells err apart by its type, the most precise first. It never
// looks at the text, whose beginning is kept for a person: net/http quotes the
// whole line that it cannot read. The failure is the caller's own, who may
// change it, also where err is one that others hold.
func failureOf(op observation.Op, err error) *observation.Failure {
	if f, ok := errors.AsType[*observation.Failure](err); ok {
		return new(*f)
	}
	return &observation.Failure{Op: op, Kind: kindOf(op, err), Text: clip(err.Error(), maxText)}
}

func kindOf(op observation.Op, err error) observation.Kind {
	if op == observation.OpRead {
		return fileKind(err)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return lookupKind(e)
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		if k, ok := errnoKind(e); ok {
			return k
		}
	}
	if isTimeout(err) {
		return observation.KindTimeout
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return observation.KindNotTLS
	}
	if alert, ok := alertOf(err); ok {
		if alert == alertProtocolVersion {
			return observation.KindTLSVersion
		}
		return observation.KindTLSAlert
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return observation.KindClosed
	}
	return observation.KindOther
}

// alertProtocolVersion is RFC 8446's alert 70.
const alertProtocolVersion = 70

// alertOf is the TLS alert with which the other side ended a handshake.
// crypto/tls gives it as a number of a type of its own, inside a net.OpError
// that is marked as the remote's.
func alertOf(err error) (uint64, bool) {
	e, ok := errors.AsType[*net.OpError](err)
	if !ok || e.Op != "remote error" {
		return 0, false
	}
	v := reflect.ValueOf(e.Err)
	if v.Kind() != reflect.Uint8 {
		return 0, false
	}
	return v.Uint(), true
}

// fileKind tells a file that is not there from one that could not be read: of
// that one nothing is known.
func fileKind(err error) observation.Kind {
	switch {
	case isAbsent(err):
		return observation.KindAbsent
	case errors.Is(err, fs.ErrPermission):
		return observation.KindDenied
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		if k, _ := errnoKind(e); k == observation.KindNoResources {
			return k
		}
	}
	return observation.KindUnreadable
}

// isAbsent reports whether an error says that there is no such file: nothing of
// the name, a file where the path has a directory, a process that has ended.
// Every other one says only that it could not be read.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ESRCH)
}

// lookupKind reads the system resolver's error. It does not tell NXDOMAIN from
// an answer without addresses, nor SERVFAIL from a server that cannot be
// asked; the single nameservers' answers do.
func lookupKind(e *net.DNSError) observation.Kind {
	switch {
	case e.IsNotFound:
		return observation.KindNXDomain
	case e.IsTimeout:
		return observation.KindTimeout
	}
	if errno, ok := errors.AsType[syscall.Errno](e.Unwrap()); ok {
		if k, ok := errnoKind(errno); ok {
			return k
		}
	}
	return observation.KindOther
}
