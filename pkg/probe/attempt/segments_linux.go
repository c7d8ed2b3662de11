package attempt

import (
	"context"
	"net"
	"syscall"
)

// smallSegments is the size that TCP_MAXSEG asks for: smaller than any path's
// hole, and large enough that the small ClientHello stays in one segment, so
// that a filter of names is not beaten by the way.
const smallSegments = 536

// DialSmall connects with small segments in both directions: the option is
// set before the connection, so that the other side hears of it. nil where
// the prober does not dial by the system.
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
