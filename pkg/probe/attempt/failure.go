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

// FailureOf classifies err by its type, the most precise type first. It never
// inspects the text, and keeps only its beginning for people to read: net/http
// quotes the complete line that it cannot parse. The caller owns the returned
// failure and may change it, even if err holds a shared one.
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

// AlertOf returns the TLS alert with which the peer ended a handshake.
// crypto/tls returns it as a number of an unexported type, inside a net.OpError
// marked as a remote error.
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

// lookupKind classifies the system resolver's error. It cannot distinguish
// NXDOMAIN from an answer without addresses, nor SERVFAIL from an unreachable
// server; the answers of the individual nameservers can.
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
