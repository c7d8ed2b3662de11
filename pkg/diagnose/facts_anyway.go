package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// anyway reports whether the target fails by this node itself, and so would at
// whichever address: that it has another than it should does not explain it.
func (f *facts) anyway(t *target) bool {
	return !t.proxied && len(t.ways) > 0 && !t.works() &&
		!slices.ContainsFunc(t.ways, func(w *way) bool { return !f.nodeRefuses(w) })
}

// nodeRefuses reports whether this node itself turns the way down: its packet
// filter, where that lets private addresses pass no more than this one; or its
// trust store or its clock, which refuse AWS's own certificate.
func (f *facts) nodeRefuses(w *way) bool {
	switch w.state {
	case stateConnect:
		return w.locally != "" && f.filtersPrivate()
	case stateUnverified:
		h := w.climb.Handshake
		return f.issuersKnown() && h.NameMatches && h.ByAmazon() && (!h.Trusted || f.clock.wrong() && !h.InTime)
	}
	return false
}

// filtersPrivate reports whether this node's packet filter refuses a private
// address.
func (f *facts) filtersPrivate() bool {
	return slices.ContainsFunc(f.targets, func(t *target) bool {
		return slices.ContainsFunc(t.ways, func(w *way) bool {
			return w.proxy == nil && w.class == observation.ClassPrivate && w.locally != ""
		})
	})
}

// answered reports whether something came back on one of the target's ways: a
// connection, or a refusal. What is wrong there is seen then, and is the cause.
func (t *target) answered() bool {
	return slices.ContainsFunc(t.ways, func(w *way) bool {
		return w.connected() || w.state == stateConnect && w.locally == "" && w.failure.Of(observation.KindRefused, observation.KindReset)
	})
}
