package probe

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// boundLimit limits an attempt through the default route's interface: it begins after the
// unchanged attempt has had all of its time.
const boundLimit = time.Second

// bound returns the default route's interface and a prober that uses it, if packets from
// the address local go through a tunnel; otherwise ok is false.
func (p *Prober) bound(local, to netip.Addr) (by string, q *Prober, ok bool) {
	if !local.IsValid() {
		return "", nil, false
	}
	tunnel := false
	for _, i := range p.interfaces {
		main := i.DefaultIPv4 && to.Is4() || i.DefaultIPv6 && !to.Is4()
		switch {
		case slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return p.Addr() == local }):
			tunnel = i.Kind.Tunnels()
		case main && !i.Kind.Tunnels() && by == "":
			by = i.Name
		}
	}
	if !tunnel || by == "" {
		return "", nil, false
	}
	limited := *p
	limited.Timeout = min(p.runner().Limit(), boundLimit)
	if limited.Dial = p.runner().DialBound(by); limited.Dial == nil {
		return "", nil, false
	}
	return by, &limited, true
}

// attemptBound repeats a failed attempt through the default route's interface, if the first
// one went into a tunnel.
func (p *Prober) attemptBound(ctx context.Context, a directPath, failed *observation.Connect) []observation.Experiment {
	by, q, ok := p.bound(failed.Local, a.to.Addr())
	if !ok {
		return nil
	}
	a.dial = q.Dial
	return []observation.Experiment{{Kind: observation.ExperimentDefaultInterface, Result: q.attempt(ctx, a), Text: by}}
}

// askBound queries a silent nameserver again through the default route's interface, if the
// queries went into a tunnel. nil: they did not.
func (r *run) askBound(ctx context.Context, out *observation.ServerObservation) *observation.Answer {
	_, q, ok := r.p.bound(out.Local, out.Address.Addr())
	if !ok || ctx.Err() != nil || len(r.hosts) == 0 {
		return nil
	}
	x, failure := q.dialServer(ctx, out.Address)
	if failure != nil {
		return &observation.Answer{Name: r.hosts[0], Type: "A", Failure: failure}
	}
	defer x.Close()
	return new(x.Ask(ctx, r.hosts[0], dns.TypeA))
}
