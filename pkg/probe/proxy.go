package probe

import (
	"context"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
	"github.com/ssmcheck/ssmcheck/pkg/probe/tunnel"
)

// upgradeThrough requests a WebSocket through a tunnel of its own.
func (p *Prober) upgradeThrough(ctx context.Context, proxy *url.URL, t endpointTarget) *observation.WebSocket {
	seen, upgraded := p.throughProxy(ctx, proxy, t)
	out := &observation.WebSocket{Stages: upgradeStages(seen.Connect, seen.Tunnel, seen.Inside), Upgraded: upgraded}
	for _, e := range seen.Experiments {
		if (e.Kind == observation.ExperimentRepeat || e.StandsIn) && e.Proxy != nil {
			e.Result = upgradeStages(e.Result.Connect, e.Proxy.Tunnel, e.Result)
			out.Experiments = append(out.Experiments, e)
		}
	}
	return out
}

// upgradeStages are those of an upgrade through a proxy: if the proxy opened no tunnel, the
// reply is the proxy's.
func upgradeStages(c *observation.Connect, tunnel *observation.Reply, inside observation.Stages) observation.Stages {
	if inside.Connect = c; tunnel != nil && tunnel.Failure != nil {
		inside.Reply = tunnel
	}
	return inside
}

// An endpointTarget is where a tunnel leads, and what is requested there.
type endpointTarget struct {
	host string
	port uint16
	ask  reply.Request
}

// proxyAddresses resolves the proxy's name with the system's resolver.
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
	for _, a := range l.Addresses[:min(len(l.Addresses), maxPublic)] {
		to = append(to, netip.AddrPortFrom(a, uint16(port)))
	}
	return to, &l, nil
}

// proxyLookups returns how often proxies may be looked up: once for each path through one,
// and once more if that fails.
func (r *run) proxyLookups() (n int) {
	for _, t := range r.targets {
		if !t.plan.Tried() {
			continue
		}
		proxy := t.plan.proxyURL
		if proxy == nil && t.plan.Asked {
			proxy = r.node.Proxies.ShellProxyFor(t.plan.Host, t.plan.Port)
		}
		if proxy == nil || proxy.Hostname() == "" {
			continue
		}
		if _, err := observation.ParseAddress(proxy.Hostname()); err == nil {
			continue
		}
		n += 2
		if t.plan.WebSocket {
			n += 2
		}
		if r.plan.Signed {
			n += 2
		}
	}
	return n
}

// tryUnused probes each required target that AWS did not serve directly through the proxy
// that is configured for the agent, but not where the agent reads it.
func (r *run) tryUnused(ctx context.Context) {
	var all attempt.TaskGroup
	for _, t := range r.targets {
		unused := t.plan.unusedURL
		if unused == nil || !t.plan.Asked || !t.plan.Tried() || t.plan.proxyURL != nil || t.served() || ctx.Err() != nil {
			continue
		}
		all.Go(func() {
			inner := endpointTarget{host: t.plan.Host, port: t.plan.Port, ask: reply.RequestFor(t.plan.Target)}
			out, _ := r.p.throughProxy(ctx, unused, inner)
			if !out.Failure().Of(observation.KindUndecided, observation.KindInterrupted) {
				t.unused = out
			}
		})
	}
	all.Wait()
}
