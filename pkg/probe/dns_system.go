package probe

import (
	"context"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// fromSystem and fromHosts are the sources of an address besides the nameservers.
const (
	fromSystem = "system"
	fromHosts  = "hosts"
)

// askSystem looks up every host with the system's resolver, all at once, those of
// required targets first. Go's resolver waits five seconds for each silent nameserver:
// once a nameserver is known to be dead, and every target has its answer, the lookups
// are abandoned. The result is complete when the groups' tasks are over.
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

// reportAll reports a failure for every target of a name that this node looks up.
func (r *run) reportAll(n *name, failure *observation.Failure) {
	for _, t := range n.targets {
		if t.plan.proxyURL == nil {
			r.report(Event{Target: t.plan.Name, Failure: failure})
		}
	}
}

// pinned reports whether the hosts file has all of these addresses.
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

// maxLookupTries bounds how often the system looks up one name: two packets in a row may
// be lost, three hardly.
const maxLookupTries = 3

// retryLookup repeats a lookup of the system's that failed while every configured
// nameserver, asked directly, gives the name an address: this distinguishes lost packets
// from a resolver that cannot work as it is configured.
func (r *run) retryLookup(ctx context.Context, l observation.SystemLookup) observation.SystemLookup {
	if !mayPassNextTime(l.Failure) {
		return l
	}
	select {
	case <-r.serversAsked:
	case <-ctx.Done():
		return l
	}
	if !r.everyServerGives(l.Host) {
		return l
	}
	for n := 2; n <= maxLookupTries && mayPassNextTime(l.Failure) && ctx.Err() == nil; n++ {
		next := r.p.lookup(ctx, l.Host)
		if next.Failure.Of(observation.KindUndecided, observation.KindInterrupted) {
			break // only tries that had their time count
		}
		first := l.First
		if first == nil {
			first = l.Failure
		}
		l = next
		l.First, l.Tries = first, n
	}
	return l
}

// mayPassNextTime reports whether a lookup failed by silence or by an answer that a
// server may not repeat.
func mayPassNextTime(f *observation.Failure) bool {
	return f.Of(observation.KindTimeout, observation.KindServFail, observation.KindDNSRefused, observation.KindMalformed, observation.KindConnectionRefused, observation.KindReset, observation.KindClosed, observation.KindOther)
}

// everyServerGives reports whether each configured nameserver answered for the
// name, both families, and gave it an address.
func (r *run) everyServerGives(host string) bool {
	n := r.names[host]
	n.mu.Lock()
	defer n.mu.Unlock()
	some := false
	for _, s := range r.plan.Servers {
		if s.Role != observation.RoleConfigured {
			continue
		}
		if some = true; !slices.Contains(n.settled, s.Address.String()) {
			return false
		}
	}
	return some
}
