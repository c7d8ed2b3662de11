package attempt

import (
	"context"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// DialBound dials through one interface, whatever the routing table prefers
// (SO_BINDTODEVICE; unprivileged since Linux 5.7). nil if the prober does not
// dial through the system.
func (p *Runner) DialBound(name string) DialFunc {
	if p.Dial != nil {
		return nil
	}
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		if err := c.Control(func(fd uintptr) { failed = unix.BindToDevice(int(fd), name) }); err != nil {
			return err
		}
		return failed
	}}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialBy(ctx, d, network, address)
	}
}
