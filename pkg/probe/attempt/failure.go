package attempt

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"reflect"
	"syscall"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// FailureOf tells err apart by its type, the most precise first. It never
// looks at the text, whose beginning is kept for a person: net/http quotes the
// whole line that it cannot read. The failure is the caller's own, who may
// change it, also where err is one that others hold.
func FailureOf(op observation.Op, err error) *observation.Failure {
	if f, ok := errors.AsType[*observation.Failure](err); ok {
		return new(*f)
	}
	return &observation.Failure{Op: op, Kind: kindOf(op, err), Text: observation.Truncate(err.Error(), observation.MaxText)}
}

func kindOf(op observation.Op, err error) observation.Kind {
	if op == observation.OpRead {
		return files.Kind(err)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return lookupKind(e)
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		if k, ok := errnoKind(e); ok {
			return k
		}
	}
	if IsTimeout(err) {
		return observation.KindTimeout
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return observation.KindNotTLS
	}
	if alert, ok := AlertOf(err); ok {
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

// AlertOf is the TLS alert with which the other side ended a handshake.
// crypto/tls gives it as a number of a type of its own, inside a net.OpError
// that is marked as the remote's.
func AlertOf(err error) (uint64, bool) {
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
