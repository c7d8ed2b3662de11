//go:build !linux

package attempt

import (
	"context"
	"net"
)

// dialBy dials with d. This system does not report who sent an ICMP message.
func dialBy(ctx context.Context, d net.Dialer, network, address string) (net.Conn, error) {
	return d.DialContext(ctx, network, address)
}
