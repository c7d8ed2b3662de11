package attempt

import (
	"context"
	"net"
	"syscall"
)

// smallSegments is the value for TCP_MAXSEG: smaller than any path MTU, and
// large enough for the small ClientHello to fit into one segment, so that
// splitting it does not accidentally bypass a filter that matches names.
const smallSegments = 536

// DialSmall connects with small segments in both directions: the option is set
// before connecting, so that it is announced to the peer. nil if the prober
// does not dial through the system.
func (p *Runner) DialSmall() DialFunc {
	if p.Dial != nil {
		return nil
	}
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, smallSegments)
		})
		if err != nil {
			return err
		}
		return failed
	}}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialBy(ctx, d, network, address)
	}
}
