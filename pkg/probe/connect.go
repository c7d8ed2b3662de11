package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// connect opens a TCP connection to one address. The caller closes it.
func (p *Prober) connect(ctx context.Context, to netip.AddrPort) (net.Conn, *observation.Connect) {
	return p.connectBy(ctx, p.dial, to)
}

// A dialFunc opens a connection; the experiments have some of their own.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (p *Prober) connectBy(ctx context.Context, dial dialFunc, to netip.AddrPort) (net.Conn, *observation.Connect) {
	release, failure := p.sockets.take(ctx, observation.OpConnect)
	if failure != nil {
		return nil, &observation.Connect{Failure: failure}
	}
	var conn net.Conn
	c := new(observation.Connect)
	c.Elapsed, c.Failure = p.attempt(ctx, observation.OpConnect, func(ctx context.Context) (err error) {
		conn, err = dial(ctx, "tcp", to.String())
		if rejected, ok := errors.AsType[*icmpError](err); ok {
			c.ICMP = &rejected.message
		}
		return err
	})
	if c.Failure != nil {
		release()
		c.Local = p.sourceFor(ctx, to)
		return nil, c
	}
	c.Local = addrOf(conn.LocalAddr())
	return &placedConn{Conn: conn, release: release}, c
}

// sourceFor is the address that the routing table chooses towards to, zero
// where it has no way. Connecting a UDP socket sends nothing.
func (p *Prober) sourceFor(ctx context.Context, to netip.AddrPort) netip.Addr {
	release, failure := p.sockets.take(ctx, observation.OpConnect)
	if failure != nil {
		return netip.Addr{}
	}
	defer release()
	conn, err := p.dial(ctx, "udp", to.String())
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	return addrOf(conn.LocalAddr())
}

func addrOf(a net.Addr) netip.Addr {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap().WithZone("")
	case *net.UDPAddr:
		return a.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
