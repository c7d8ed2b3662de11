// Package attempt makes one attempt on the network: it dials, applies the time
// limit, classifies errors, and repeats what a pause of this process spoiled.
// It knows no protocol above TCP and UDP.
package attempt

import (
	"cmp"
	"context"
	"net"
	"time"
)

// A Runner makes attempts. The zero value uses the real network.
type Runner struct {
	// Dial opens every connection. nil: a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds one attempt. 0: DefaultTimeout.
	Timeout time.Duration
	// Now is the node's clock, compared with AWS's. nil: time.Now.
	Now func() time.Time
	// UserAgent is sent with every HTTP request. Empty: "ssmcheck".
	UserAgent string
	// Heart notes when this process does not run. nil: it always runs.
	Heart *Heartbeat
	// Sockets are those that may be open at once. nil: as many as you like.
	Sockets *Sockets
}

func (p *Runner) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if p.Dial != nil {
		return p.Dial(ctx, network, address)
	}
	return dialBy(ctx, net.Dialer{}, network, address)
}

func (p *Runner) Clock() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

func (p *Runner) Limit() time.Duration {
	if p.Timeout > 0 {
		return p.Timeout
	}
	return DefaultTimeout
}

func (p *Runner) Product() string {
	return cmp.Or(p.UserAgent, "ssmcheck")
}

// DefaultTimeout limits one attempt: a DNS query, a connection, a handshake, a
// reply.
const DefaultTimeout = 3 * time.Second
