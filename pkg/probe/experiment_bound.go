package probe

import (
	"context"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// boundLimit bounds an attempt through the interface of the default route: it begins when
// the unchanged one has had all of its time.
const boundLimit = time.Second

// bound returns the interface of the default route and a prober that uses it, if packets
// from the address local go through a tunnel; otherwise ok is false.
func (p *Prober) bound(local, to netip.Addr) (by string, q *Prober, ok bool) {
	if !local.IsValid() {
		return "", nil, false
	}
	tunnel := false
	for _, i := range p.interfaces {
		main := i.DefaultIPv4 && to.Is4() || i.DefaultIPv6 && !to.Is4()
		switch {
		case interfaceHas(i, local):
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

func interfaceHas(i observation.Interface, a netip.Addr) bool {
	for _, p := range i.Addresses {
		if p.Addr() == a {
			return true
		}
	}
	return false
}

// attemptBound repeats a failed attempt through the interface of the default route, if the
// first one went into a tunnel.
func (p *Prober) attemptBound(ctx context.Context, a directPath, failed *observation.Connect) []observation.Experiment {
	by, q, ok := p.bound(failed.Local, a.to.Addr())
	if !ok {
		return nil
	}
	a.dial = q.Dial
	return []observation.Experiment{{Kind: observation.ExperimentDefaultInterface, Result: q.attempt(ctx, a), Text: by}}
}

// askBound asks a nameserver that gave no answer again, through the interface of the default
// route, if the questions went into a tunnel. nil: they did not.
func (r *run) askBound(ctx context.Context, out *observation.ServerObservation) *observation.Answer {
	_, q, ok := r.p.bound(out.Local, out.Address.Addr())
	hosts := r.hosts()
	if !ok || ctx.Err() != nil || len(hosts) == 0 {
		return nil
	}
	x, failure := q.dialServer(ctx, out.Address)
	if failure != nil {
		return &observation.Answer{Name: hosts[0], Type: "A", Failure: failure}
	}
	defer x.Close()
	a := x.Ask(ctx, hosts[0], dns.TypeA)
	return &a
}
