package probe

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
	"github.com/ssmcheck/ssmcheck/pkg/probe/tunnel"
)

// upgradeThrough asks for a WebSocket through a tunnel of its own.
func (p *Prober) upgradeThrough(ctx context.Context, proxy *url.URL, t endpointTarget) *observation.WebSocket {
	way, upgraded := p.throughProxy(ctx, proxy, t)
	out := &observation.WebSocket{Climb: socketClimb(way.Connect, way.Tunnel, way.Inside), Upgraded: upgraded}
	for _, e := range way.Experiments {
		if (e.Kind == observation.ExperimentRepeat || e.StandsIn) && e.Proxy != nil {
			e.Result = socketClimb(e.Result.Connect, e.Proxy.Tunnel, e.Result)
			out.Experiments = append(out.Experiments, e)
		}
	}
	return out
}

// socketClimb is an upgrade's climb through a proxy: the answer is the proxy's
// if that opened no tunnel.
func socketClimb(c *observation.Connect, tunnel *observation.Reply, inside observation.Climb) observation.Climb {
	if inside.Connect = c; tunnel != nil && tunnel.Failure != nil {
		inside.Reply = tunnel
	}
	return inside
}

// An endpointTarget is what a tunnel leads to, and what is asked there.
type endpointTarget struct {
	host string
	port uint16
	ask  reply.Request
}

// proxyAddresses resolves the proxy's name the system's way.
func (p *Prober) proxyAddresses(ctx context.Context, proxy *url.URL) ([]netip.AddrPort, *observation.SystemLookup, *observation.Failure) {
	if proxy.Hostname() == "" {
		return nil, nil, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: "it cannot be told which host the proxy is"}
	}
	port, err := strconv.ParseUint(tunnel.Port(proxy), 10, 16)
	if err != nil {
		return nil, nil, &observation.Failure{Op: observation.OpProxy, Kind: observation.KindSyntax, Text: "the proxy's port is no number"}
	}
	if a, err := observation.ParseAddress(proxy.Hostname()); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(a, uint16(port))}, nil, nil
	}
	l := p.lookup(ctx, proxy.Hostname())
	if l.Failure != nil {
		return nil, &l, l.Failure
	}
	var to []netip.AddrPort
	for i, a := range l.Addresses {
		if i == maxPublic {
			break
		}
		to = append(to, netip.AddrPortFrom(a, uint16(port)))
	}
	return to, &l, nil
}
