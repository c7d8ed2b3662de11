package probe

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// dialBy dials with d. If a TCP connection fails, its error says which ICMP
// message came for it, as far as the kernel tells (from Linux 5.18 on).
func dialBy(ctx context.Context, d net.Dialer, network, address string) (net.Conn, error) {
	if !strings.HasPrefix(network, "tcp") {
		return d.DialContext(ctx, network, address)
	}
	var q errorQueue
	before := d.Control
	d.Control = func(network, address string, c syscall.RawConn) error {
		if before != nil {
			if err := before(network, address, c); err != nil {
				return err
			}
		}
		q.open(network, c)
		return nil
	}
	conn, err := d.DialContext(ctx, network, address)
	m := q.close(err != nil)
	if m != nil {
		return nil, &icmpError{err, *m}
	}
	return conn, err
}

// An errorQueue is a second descriptor of the socket of one connection attempt:
// net closes its own before the error queue can be read.
type errorQueue struct {
	mu     sync.Mutex
	opened bool
	v6     bool
	fd     int
}

// open has the kernel keep ICMP messages for the socket. If it cannot, who
// sent a message stays unknown, and nothing else is lost.
func (q *errorQueue) open(network string, c syscall.RawConn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.opened {
		return
	}
	q.v6 = network == "tcp6"
	_ = c.Control(func(fd uintptr) {
		if q.want(int(fd), 1) != nil {
			return
		}
		fd2, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			_ = q.want(int(fd), 0)
			return
		}
		q.opened, q.fd = true, fd2
	})
}

func (q *errorQueue) want(fd, on int) error {
	if q.v6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, on)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, on)
}

// close gives the last message of a failed attempt, nil if there is none. On
// an open connection the option is taken back: with it, any message that comes
// later would end the connection, which the agent's survives.
func (q *errorQueue) close(failed bool) *ICMPMessage {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.opened {
		return nil
	}
	q.opened = false
	defer unix.Close(q.fd)
	if !failed {
		_ = q.want(q.fd, 0)
		return nil
	}
	var last *ICMPMessage
	for range 8 { // further ones tell nothing new
		var data, control [256]byte
		_, n, _, _, err := unix.Recvmsg(q.fd, data[:], control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			break
		}
		if m := icmpOf(control[:n]); m != nil {
			last = m
		}
	}
	return last
}

// icmpOf reads the control message of the error queue: struct
// sock_extended_err, and behind it the address of who sent the ICMP message.
func icmpOf(control []byte) *ICMPMessage {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		v4 := m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_RECVERR
		v6 := m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_RECVERR
		const head = 16
		if !v4 && !v6 || len(m.Data) < head+8 {
			continue
		}
		const fragmentation, packetTooBig = 4, 2 // of the path's MTU: ends no attempt
		origin, out := m.Data[4], &ICMPMessage{Type: int(m.Data[5]), Code: int(m.Data[6])}
		from := m.Data[head:]
		switch family := binary.NativeEndian.Uint16(from); {
		case origin == unix.SO_EE_ORIGIN_ICMP && family == unix.AF_INET && !(out.Type == 3 && out.Code == fragmentation):
			out.From = netip.AddrFrom4([4]byte(from[4:8]))
		case origin == unix.SO_EE_ORIGIN_ICMP6 && family == unix.AF_INET6 && len(from) >= 24 && out.Type != packetTooBig:
			out.From = netip.AddrFrom16([16]byte(from[8:24])).Unmap()
		default:
			continue
		}
		return out
	}
	return nil
}
