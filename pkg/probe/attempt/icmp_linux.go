package attempt

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// dialBy dials with d, of which only Control is used. If a TCP connection
// fails, the error contains the ICMP message that caused it, if the kernel
// provides it (since Linux 5.18).
//
// net closes the socket of a failed attempt before its error queue can be read,
// and a second descriptor would double the number that a run uses. So the
// attempt is made here.
func dialBy(ctx context.Context, d net.Dialer, network, address string) (net.Conn, error) {
	host, service, _ := net.SplitHostPort(address)
	a, err := observation.ParseAddress(host)
	port, notNumber := strconv.ParseUint(service, 10, 16)
	if err != nil || notNumber != nil || network != "tcp" || a.Zone() != "" {
		return d.DialContext(ctx, network, address)
	}
	to := netip.AddrPortFrom(a.Unmap(), uint16(port))
	conn, message, err := connectTCP(ctx, d.Control, to)
	if err == nil {
		return conn, nil
	}
	err = &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(to), Err: err}
	if message != nil {
		err = &ICMPError{err, *message}
	}
	return nil, err
}

// connectTCP connects as net does: without blocking a thread, until ctx ends.
func connectTCP(ctx context.Context, control func(string, string, syscall.RawConn) error, to netip.AddrPort) (net.Conn, *observation.ICMPMessage, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	network, family := "tcp6", unix.AF_INET6
	var sockaddr unix.Sockaddr = &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}
	if to.Addr().Is4() {
		network, family = "tcp4", unix.AF_INET
		sockaddr = &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socket", err)
	}
	if control != nil {
		if err := control(network, to.String(), rawSocket(fd)); err != nil {
			_ = unix.Close(fd)
			return nil, nil, err
		}
	}
	q := errorQueue{v6: to.Addr().Is6()}
	// If the kernel keeps no messages, who sent one stays unknown, and nothing
	// else is lost.
	_ = q.want(fd, 1)
	if err := unix.Connect(fd, sockaddr); err != nil && !underWay(err) {
		message := q.last(fd)
		_ = unix.Close(fd)
		return nil, message, os.NewSyscallError("connect", err)
	}
	f := os.NewFile(uintptr(fd), network) // from here on the poller watches it
	defer f.Close()
	message, err := q.await(ctx, f)
	if err != nil {
		return nil, message, err
	}
	conn, err := net.FileConn(f)
	return conn, nil, err
}

// underWay reports whether the error of a connect call means that the result
// follows later.
func underWay(err error) bool {
	return errors.Is(err, unix.EINPROGRESS) || errors.Is(err, unix.EALREADY) || errors.Is(err, unix.EINTR)
}

// An errorQueue is the kernel's queue of ICMP messages for a socket.
type errorQueue struct{ v6 bool }

func (q errorQueue) want(fd, on int) error {
	if q.v6 {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, on)
	}
	return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_RECVERR, on)
}

// await waits until the socket is connected. It returns the last message of a
// failed attempt, or nil if there was none. On an open connection it resets the
// option: otherwise any later message would end the connection, while the
// agent's would survive.
func (q errorQueue) await(ctx context.Context, f *os.File) (message *observation.ICMPMessage, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Unix(1, 0)) })()
	var failed error
	err = raw.Write(func(fd uintptr) (over bool) {
		over, failed = outcome(int(fd))
		return over
	})
	switch {
	case err != nil && ctx.Err() != nil:
		err = ctx.Err()
	case err == nil:
		err = os.NewSyscallError("connect", failed)
	}
	_ = raw.Control(func(fd uintptr) {
		if err != nil {
			message = q.last(int(fd))
			return
		}
		_ = q.want(int(fd), 0)
	})
	return message, err
}

// outcome reports whether an attempt has ended and why it failed. The poller
// may wake up before that.
func outcome(fd int) (over bool, failed error) {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return true, err
	}
	switch e := syscall.Errno(n); {
	case n == 0:
		_, err := unix.Getpeername(fd)
		return err == nil, nil
	case e == unix.EISCONN:
		return true, nil
	case underWay(e):
		return false, nil
	default:
		return true, e
	}
}

// last returns the last message in the queue.
func (errorQueue) last(fd int) (last *observation.ICMPMessage) {
	for range 8 { // further ones add nothing
		var data, control [256]byte
		_, n, _, _, err := unix.Recvmsg(fd, data[:], control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			break
		}
		if m := icmpOf(control[:n]); m != nil {
			last = m
		}
	}
	return last
}

// A rawSocket is a socket not yet registered with the poller, so that options
// can be set.
type rawSocket uintptr

func (s rawSocket) Control(f func(fd uintptr)) error {
	f(uintptr(s))
	return nil
}

func (rawSocket) Read(func(fd uintptr) bool) error  { return errors.ErrUnsupported }
func (rawSocket) Write(func(fd uintptr) bool) error { return errors.ErrUnsupported }

// icmpOf parses the control message of the error queue: struct
// sock_extended_err, followed by the address of the sender of the ICMP message.
func icmpOf(control []byte) *observation.ICMPMessage {
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
		const fragmentation, packetTooBig = 4, 2 // about the path MTU: they end no attempt
		origin, out := m.Data[4], &observation.ICMPMessage{Type: int(m.Data[5]), Code: int(m.Data[6])}
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
