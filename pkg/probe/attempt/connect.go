package attempt

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Connect opens a TCP connection to one address. The caller closes it.
func (p *Runner) Connect(ctx context.Context, to netip.AddrPort) (net.Conn, *observation.Connect) {
	return p.ConnectBy(ctx, nil, to)
}

// A DialFunc opens a connection. Some experiments bring their own.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// ConnectBy is Connect with a dialer of the caller's. nil: the runner's.
func (p *Runner) ConnectBy(ctx context.Context, dial DialFunc, to netip.AddrPort) (net.Conn, *observation.Connect) {
	if dial == nil {
		dial = p.DialContext
	}
	release, failure := p.Sockets.Acquire(ctx, observation.OpConnect)
	if failure != nil {
		return nil, &observation.Connect{Failure: failure}
	}
	var conn net.Conn
	c := new(observation.Connect)
	c.Elapsed, c.Failure = p.Do(ctx, observation.OpConnect, func(ctx context.Context) (err error) {
		conn, err = dial(ctx, "tcp", to.String())
		if rejected, ok := errors.AsType[*ICMPError](err); ok {
			c.ICMP = &rejected.Message
		}
		return err
	})
	if c.Failure != nil {
		release()
		c.Local = p.sourceFor(ctx, to)
		return nil, c
	}
	c.Local = AddrOf(conn.LocalAddr())
	return &BudgetedConn{Conn: conn, Release: release}, c
}

// sourceFor returns the source address that the routing table chooses for to,
// or zero if there is no route. Connecting a UDP socket sends nothing.
func (p *Runner) sourceFor(ctx context.Context, to netip.AddrPort) netip.Addr {
	release, failure := p.Sockets.Acquire(ctx, observation.OpConnect)
	if failure != nil {
		return netip.Addr{}
	}
	defer release()
	conn, err := p.DialContext(ctx, "udp", to.String())
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	return AddrOf(conn.LocalAddr())
}

func AddrOf(a net.Addr) netip.Addr {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap().WithZone("")
	case *net.UDPAddr:
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// Routed reports whether the routing table has a route. Connecting a UDP socket
// sends nothing. If no socket is free at once, Routed returns true: the
// connection attempt will show whether there is a route.
func (p *Runner) Routed(ctx context.Context, to netip.AddrPort) bool {
	release, ok := p.Sockets.TryAcquire()
	if !ok {
		return true
	}
	defer release()
	conn, err := p.DialContext(ctx, "udp", to.String())
	if err != nil {
		return !FailureOf(observation.OpConnect, err).Of(observation.KindNoRoute, observation.KindNoFamily, observation.KindProhibited, observation.KindInvalid, observation.KindHostUnreachable)
	}
	_ = conn.Close()
	return true
}

// An ICMPError is a failed connection together with the message from its
// socket's error queue.
type ICMPError struct {
	Err     error
	Message observation.ICMPMessage
}

func (e *ICMPError) Error() string { return e.Err.Error() }

func (e *ICMPError) Unwrap() error { return e.Err }
