package probetest

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// A SaidConn says what it was given and then no more, and hears nothing.
type SaidConn struct {
	net.Conn
	R io.Reader
}

func (c *SaidConn) Read(p []byte) (int, error) { return c.R.Read(p) }

func (c *SaidConn) Write(p []byte) (int, error) { return len(p), nil }

func (c *SaidConn) Close() error { return nil }

func (c *SaidConn) SetDeadline(time.Time) error { return nil }

func (c *SaidConn) SetReadDeadline(time.Time) error { return nil }

func (c *SaidConn) SetWriteDeadline(time.Time) error { return nil }

type Counted struct {
	R io.Reader
	N atomic.Int64
}

func (c *Counted) Read(b []byte) (int, error) {
	n, err := c.R.Read(b)
	c.N.Add(int64(n))
	return n, err
}

// Promised is what docs/security.md says that is read of a handshake, of a
// reply, of metadata's header and of its body. It is a number of its own: what
// the code takes must not follow it.
const Promised = 64 << 10
