package probe

import (
	"context"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxSystemTries is how often a name is looked up the system's way at most: two
// packets in a row may be lost, three hardly.
const maxLookupTries = 3

// lookUpAgain repeats a lookup of the system's that failed while every
// configured nameserver by itself gives the name an address: lost packets are
// so told from a resolver that cannot work as it is configured.
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
			break // the tries that had their time count
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

// mayPassNextTime reports whether a lookup failed by silence or by an answer
// that a server may not give the next time.
func mayPassNextTime(f *observation.Failure) bool {
	return f.Of(observation.KindTimeout, observation.KindServFail, observation.KindRefuses, observation.KindMalformed, observation.KindRefused, observation.KindReset, observation.KindClosed, observation.KindOther)
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
