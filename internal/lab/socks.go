package lab

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"strings"
)

// The replies of a SOCKS5 proxy (RFC 1928, section 6).
const (
	socksGranted   = 0
	socksFailure   = 1
	socksForbidden = 2
	socksNoHost    = 4
)

// serveSocks serves a client of a SOCKS5 proxy. It does not answer what it does not
// understand.
func (r *running) serveSocks(ctx context.Context, p *Proxy, near net.Conn) {
	if p.Silent {
		WaitForEnd(near)
		return
	}
	if !p.socksGreets(near) {
		return
	}
	hostport, ok := socksTarget(near)
	if !ok {
		return
	}
	host, _, _ := net.SplitHostPort(hostport) // socksTarget joined it
	answer := func(code byte) bool {
		_, err := near.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
		return err == nil
	}
	to, known := r.world.locate(p.Knows, hostport)
	switch {
	case contains(p.Denies, host):
		answer(socksForbidden)
		return
	case contains(p.Fails, host):
		answer(socksFailure)
		return
	case r.failsFirst(p, host):
		if p.FailFirst == CutFirst {
			cut(near)
		} else {
			answer(socksFailure)
		}
		return
	case !known:
		answer(socksNoHost)
		return
	}
	far, err := r.mount.Dial(ctx, "tcp", to)
	if err != nil {
		answer(socksNoHost)
		return
	}
	defer far.Close()
	if answer(socksGranted) {
		copyBoth(ctx, near, far)
	}
}

// socksGreets negotiates a method, and reports whether the client is accepted.
func (p *Proxy) socksGreets(c net.Conn) bool {
	methods, ok := socksString(c, 5)
	if !ok {
		return false
	}
	method := byte(0)
	if p.User != "" {
		method = 2
	}
	if strings.IndexByte(methods, method) < 0 {
		_, _ = c.Write([]byte{5, 0xff})
		return false
	}
	if _, err := c.Write([]byte{5, method}); err != nil || method == 0 {
		return err == nil
	}
	user, ok := socksString(c, 1)
	if !ok {
		return false
	}
	password, ok := socksString(c, -1)
	if !ok {
		return false
	}
	if user != p.User || password != p.Password {
		_, _ = c.Write([]byte{1, 1})
		return false
	}
	_, err := c.Write([]byte{1, 0})
	return err == nil
}

// socksString reads a version, unless it is -1, and a text after its length.
func socksString(c net.Conn, version int) (string, bool) {
	var b [1]byte
	if version >= 0 {
		if _, err := io.ReadFull(c, b[:]); err != nil || int(b[0]) != version {
			return "", false
		}
	}
	if _, err := io.ReadFull(c, b[:]); err != nil {
		return "", false
	}
	text := make([]byte, b[0])
	_, err := io.ReadFull(c, text)
	return string(text), err == nil
}

// socksTarget reads a CONNECT request.
func socksTarget(c net.Conn) (hostport string, ok bool) {
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil || head[0] != 5 || head[1] != 1 {
		return "", false
	}
	var host string
	switch head[3] {
	case 3:
		if host, ok = socksString(c, -1); !ok {
			return "", false
		}
	case 1, 4:
		a := make(net.IP, map[byte]int{1: net.IPv4len, 4: net.IPv6len}[head[3]])
		if _, err := io.ReadFull(c, a); err != nil {
			return "", false
		}
		host = a.String()
	default:
		return "", false
	}
	var port [2]byte
	if _, err := io.ReadFull(c, port[:]); err != nil {
		return "", false
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))), true
}
