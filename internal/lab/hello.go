package lab

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"time"
)

// errCut ends a handshake whose connection a fault has closed.
var errCut = errors.New("the lab cut the handshake")

// A helloConn is a connection that knows the size of its first TLS record.
type helloConn struct {
	net.Conn
	// size is that of the first record with its header, once it was read.
	size int
	rest []byte
	read bool
}

func (c *helloConn) Read(p []byte) (int, error) {
	if !c.read {
		c.read = true
		head := make([]byte, 5)
		n, err := io.ReadFull(c.Conn, head)
		c.rest = head[:n]
		if err != nil && n == 0 {
			return 0, err
		}
		c.size = 5 + int(head[3])<<8 + int(head[4])
	}
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// cut closes a connection with a reset if possible.
func cut(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.Close()
}

// WaitForEnd reads until the other side gives up, for at most a minute.
func WaitForEnd(c net.Conn) {
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	_, _ = io.Copy(io.Discard, c)
}

// A wrapListener wraps each connection that it accepts.
type wrapListener struct {
	net.Listener
	wrap func(net.Conn) net.Conn
}

func (l wrapListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.wrap(c), nil
}

// A slowConn writes one byte at a time.
type slowConn struct {
	net.Conn
	pause time.Duration
}

func (c slowConn) Write(p []byte) (int, error) {
	for i := range p {
		time.Sleep(c.pause)
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// RetryRequest returns a server that answers a ClientHello with a HelloRetryRequest
// for a key exchange (RFC 8446, section 4.1.4), whether it was offered or not, and
// then stays silent.
func RetryRequest(group tls.CurveID) func(net.Conn) {
	random := sha256.Sum256([]byte("HelloRetryRequest"))
	hello := slices.Concat(
		[]byte{3, 3}, random[:], []byte{0}, // version, random, no session id
		[]byte{0x13, 0x01, 0, 0, 12}, // TLS_AES_128_GCM_SHA256, no compression, 12 bytes of extensions
		[]byte{0, 43, 0, 2, 3, 4},    // supported_versions: TLS 1.3
		[]byte{0, 51, 0, 2, byte(group >> 8), byte(group)},
	)
	message := append([]byte{2, 0, 0, byte(len(hello))}, hello...)
	record := append([]byte{22, 3, 3, 0, byte(len(message))}, message...)
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err != nil {
			return
		}
		if _, err := c.Write(record); err != nil {
			return
		}
		WaitForEnd(c)
	}
}
