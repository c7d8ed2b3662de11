package probetest

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// A SaidConn can be read as far as R goes, and discards what is written.
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

// Counted counts the bytes that are read from R.
type Counted struct {
	R io.Reader
	N atomic.Int64
}

func (c *Counted) Read(b []byte) (int, error) {
	n, err := c.R.Read(b)
	c.N.Add(int64(n))
	return n, err
}

// Promised is how much docs/security.md says is read of a handshake, of a reply, of
// metadata's header and of its body. It is repeated here so that a test fails if the code's
// own limits change.
const Promised = 64 << 10
