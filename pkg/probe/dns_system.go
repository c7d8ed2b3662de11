package probe

import (
	"context"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// fromSystem and fromHosts are who gave an address, beside the nameservers.
const (
	fromSystem = "system"
	fromHosts  = "hosts"
)

// askSystem looks every host up the system's way, all at once, those of required
// targets first. Go's resolver waits five seconds for each nameserver that is
// silent: where that is known, and every target has its answer, its lookups are
// left open. What it gives is whole when the groups' tasks are over.
func (r *run) askSystem() []observation.SystemLookup {
	hosts := r.hosts()
	out := make([]observation.SystemLookup, len(hosts))
	for _, g := range r.groups() {
		asking, end := context.WithCancelCause(r.lookups(g))
		context.AfterFunc(r.silent, func() { end(attempt.ErrNotNeeded) })
		for i, h := range hosts {
			if r.groupOf(h) != g {
				continue
			}
			ended := r.opened(h)
			g.Go(func() {
				defer ended()
				out[i] = r.retryLookup(asking, r.p.lookup(asking, h))
				from := fromSystem
				if r.pinned(h, out[i].Addresses) {
					from = fromHosts
				}
				if out[i].Failure != nil {
					r.reportAll(r.names[h], out[i].Failure)
				}
				r.names[h].addAddresses(out[i].Addresses, from)
			})
		}
	}
	return out
}

// tellAll tells a failure for every target of a name that is looked up here.
func (r *run) reportAll(n *name, failure *observation.Failure) {
	for _, t := range n.targets {
		if t.plan.proxyURL == nil {
			r.report(Event{Target: t.plan.Name, Failure: failure})
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
