package attempt

import (
	"context"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// smallSegments is the value for TCP_MAXSEG: smaller than any path MTU, and
// large enough for the small ClientHello to fit into one segment, so that
// splitting it does not accidentally bypass a filter that matches names.
const smallSegments = 536

// DialSmall connects with small segments in both directions: the option is set
// before connecting, so that it is announced to the peer. nil if the runner
// does not dial through the system.
func (p *Runner) DialSmall() DialFunc {
	return p.dialWith(func(fd int) error { return unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_MAXSEG, smallSegments) })
}

// DialBound dials through one interface, whatever the routing table prefers
// (SO_BINDTODEVICE; unprivileged since Linux 5.7). nil if the runner does not
// dial through the system.
func (p *Runner) DialBound(name string) DialFunc {
	return p.dialWith(func(fd int) error { return unix.BindToDevice(fd, name) })
}

// dialWith dials with a socket option that set sets.
func (p *Runner) dialWith(set func(fd int) error) DialFunc {
	if p.Dial != nil {
		return nil
	}
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		if err := c.Control(func(fd uintptr) { failed = set(int(fd)) }); err != nil {
			return err
		}
		return failed
	}}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialBy(ctx, d, network, address)
	}
}
