package probe

import (
	"context"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// fromSystem and fromHosts are the sources of an address other than the nameservers.
const (
	fromSystem = "system"
	fromHosts  = "hosts"
)

// askSystem looks up all hosts at once with the system's resolver, those of required targets
// first. Go's resolver waits five seconds for each silent nameserver: once a nameserver is
// known to be dead and every target has its answer, the lookups are abandoned. The result is
// complete when the groups' tasks are done.
func (r *run) askSystem() []observation.SystemLookup {
	out := make([]observation.SystemLookup, len(r.hosts))
	for _, g := range r.groups() {
		asking, end := context.WithCancelCause(r.lookups(g))
		context.AfterFunc(r.silent, func() { end(attempt.ErrNotNeeded) })
		for i, h := range r.hosts {
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
	unpinned := func(a netip.Addr) bool {
		return !slices.ContainsFunc(r.node.Hosts.Entries, func(e observation.HostsEntry) bool { return e.Name == host && e.Address.Unmap() == a })
	}
	return len(addrs) > 0 && !slices.ContainsFunc(addrs, unpinned)
}

// maxLookupTries limits how often the system looks up one name: two packets in a row may be
// lost, but hardly three.
const maxLookupTries = 3

// retryLookup repeats a failed system lookup if every configured nameserver, queried
// directly, has an address for the name: this distinguishes lost packets from a resolver that
// cannot work as configured.
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
			break // only tries that had enough time count
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

// mayPassNextTime reports whether a lookup failed by silence, or by an answer that may be
// different next time.
func mayPassNextTime(f *observation.Failure) bool {
	return f.Of(observation.KindTimeout, observation.KindServFail, observation.KindDNSRefused, observation.KindMalformed, observation.KindConnectionRefused, observation.KindReset, observation.KindClosed, observation.KindOther)
}

// everyServerGives reports whether every configured nameserver answered for the name, both
// families, with an address.
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
