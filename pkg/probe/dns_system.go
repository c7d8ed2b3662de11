package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// fromSystem and fromHosts are who gave an address, beside the nameservers.
const (
	fromSystem = "system"
	fromHosts  = "hosts"
)

// lookup asks the system's way. Each name is asked as the agent writes it,
// without a final dot.
func (p *Prober) lookup(ctx context.Context, host string) (out observation.SystemLookup) {
	p.awake(ctx, func(ctx context.Context) *observation.Failure {
		out = p.lookupOnce(ctx, host)
		return out.Failure
	})
	return out
}

func (p *Prober) lookupOnce(ctx context.Context, host string) observation.SystemLookup {
	out := observation.SystemLookup{Host: host}
	spent := false
	out.Elapsed, out.Failure = p.attempt(ctx, observation.OpLookup, func(ctx context.Context) (err error) {
		out.Addresses, err = p.lookupHost(ctx, host)
		spent = errors.Is(err, errSpent)
		if err == nil && len(out.Addresses) == 0 {
			return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress, Text: "an answer with no address"}
		}
		return err
	})
	if spent {
		out.Failure = tooMany()
	}
	out.Addresses = slices.Clone(out.Addresses) // they may be the caller's own
	for i, a := range out.Addresses {
		out.Addresses[i] = observation.ProvenZone(a)
	}
	slices.SortFunc(out.Addresses, netip.Addr.Compare)
	out.Addresses = slices.Compact(out.Addresses)
	if len(out.Addresses) > maxAddresses {
		out.Addresses = out.Addresses[:maxAddresses]
	}
	return out
}

// errSpent ends a lookup of Go's own resolver that would put more questions
// than it may.
var errSpent = errors.New("too many questions")

func (p *Prober) lookupHost(ctx context.Context, host string) ([]netip.Addr, error) {
	if p.LookupHost != nil {
		return p.LookupHost(ctx, host)
	}
	r := net.Resolver{PreferGo: goResolver}
	var starved atomic.Pointer[observation.Failure]
	asking, end := context.WithCancelCause(ctx)
	defer end(nil)
	if goResolver {
		// As it dials itself, once for each question that it puts. Of the
		// error it keeps the text alone, and where the other family has no
		// address it says that the name has none.
		r.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if !p.systemQuestions.take() {
				end(errSpent) // it would try all servers in vain
				return nil, errSpent
			}
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				if f := failureOf(observation.OpLookup, err); f.Kind == observation.KindNoResources {
					starved.Store(f)
				}
			}
			return conn, err
		}
	}
	addrs, err := r.LookupNetIP(asking, "ip", host)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err() // whose time was over, and not that of a net.DNSError
	}
	if err != nil && errors.Is(context.Cause(asking), errSpent) {
		return nil, errSpent
	}
	if f := starved.Load(); f != nil && err != nil {
		return nil, f
	}
	return addrs, err
}

// askSystem looks every host up the system's way, all at once, those of required
// targets first. Go's resolver waits five seconds for each nameserver that is
// silent: where that is known, and every target has its answer, its lookups are
// left open. What it gives is whole when the groups' tasks are over.
func (r *run) askSystem() []observation.SystemLookup {
	hosts := r.hosts()
	out := make([]observation.SystemLookup, len(hosts))
	for _, g := range r.groups() {
		asking, end := context.WithCancelCause(r.lookups(g))
		go func() {
			select {
			case <-r.silent.given:
				end(errNotNeeded)
			case <-asking.Done():
			}
		}()
		for i, h := range hosts {
			if r.groupOf(h) != g {
				continue
			}
			ended := r.opened(h)
			g.Go(func() {
				defer ended()
				out[i] = r.lookUpAgain(asking, r.p.lookup(asking, h))
				from := fromSystem
				if r.pinned(h, out[i].Addresses) {
					from = fromHosts
				}
				if out[i].Failure != nil {
					r.tellAll(r.names[h], out[i].Failure)
				}
				r.names[h].learn(out[i].Addresses, from)
			})
		}
	}
	return out
}

// tellAll tells a failure for every target of a name that is looked up here.
func (r *run) tellAll(n *name, failure *observation.Failure) {
	for _, t := range n.targets {
		if t.plan.proxyURL == nil {
			r.tell(Event{Target: t.plan.Name, Failure: failure})
		}
	}
}

// pinned reports whether the hosts file alone gives these addresses.
func (r *run) pinned(host string, addrs []netip.Addr) bool {
	if len(addrs) == 0 {
		return false
	}
	for _, a := range addrs {
		if !slices.ContainsFunc(r.node.Hosts.Entries, func(e observation.HostsEntry) bool {
			return e.Name == host && e.Address.Unmap() == a
		}) {
			return false
		}
	}
	return true
}
