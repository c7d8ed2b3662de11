package diagnose

import (
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// atOnce is sooner than anything comes back over a network: what takes no
// longer was decided on this node.
const atOnce = observation.Elapsed(time.Millisecond)

// soon is the longest that a refusal of this node's own packet filter takes:
// 0.2 ms were measured for a reject in OUTPUT.
const soon = observation.Elapsed(500 * time.Microsecond)

// sooner is less than any answer of another machine takes: 0.1 ms were measured
// for a router in the same segment, and 0.01 ms for a rule of policy routing.
const sooner = observation.Elapsed(50 * time.Microsecond)

// routeFails reports whether the routing table has no way. That connecting a
// UDP socket fails the same way is the proof, as it sends nothing; an ICMP
// message from elsewhere gives the same errors to a TCP connection only.
func routeFails(failed *observation.Failure, took observation.Elapsed, es []observation.Experiment) bool {
	if !noWay(failed) {
		return false
	}
	if e := experiment(es, observation.ExperimentUDPConnect); e != nil {
		return noWay(e.Result.Failure())
	}
	return failed.Of(observation.KindNoRoute, observation.KindNoFamily, observation.KindInvalid) || took < atOnce
}

func noWay(f *observation.Failure) bool {
	return f.Of(observation.KindNoRoute, observation.KindNoFamily, observation.KindProhibited, observation.KindInvalid, observation.KindHostUnreachable)
}

// refusedHere says by which of the contract's signs this node itself refuses
// the way, "" where there is none. The routing table has one.
func (f *facts) refusedHere(w *way, took observation.Elapsed) string {
	sent := experiment(w.experiments, observation.ExperimentUDPSend)
	switch {
	case w.failure.Of(observation.KindNotPermitted):
		return "this node's own system refuses the connection (EPERM)"
	case w.failure.Of(observation.KindTimeout) && sent != nil && sent.Result.Failure().Of(observation.KindNotPermitted):
		return "no answer in " + took.String() + ", and this node's own system refuses a datagram to the same address and port (EPERM)"
	}
	r := refusal{failure: w.failure, took: took, message: w.icmp(), to: w.addr, elsewhere: remote(w.class)}
	if w.proxy != nil {
		r.to = w.proxy.Address.Addr()
	}
	r.own = r.message != nil && f.rejectedHere(r.message, w)
	return f.ownRefusal(r)
}

// A refusal is a TCP connection that failed, and what tells whose doing that is.
type refusal struct {
	failure *observation.Failure
	took    observation.Elapsed
	to      netip.Addr
	// elsewhere: to is another machine's.
	elsewhere bool
	// message is the ICMP message that ended it, nil for none, and own: this
	// node sent it.
	message *observation.ICMPMessage
	own     bool
}

// ownRefusal says by which sign it was this node that refused, "" for none.
func (f *facts) ownRefusal(r refusal) string {
	switch {
	case r.message != nil:
		if !r.own || r.failure.Of(observation.KindTimeout) || f.unanswered(r.message, r.to, r.took) {
			return ""
		}
		return "rejected by this node itself, " + r.message.From.String() + " (" + messageName(r.message) + "), in " + microseconds(r.took)
	case r.failure.Of(observation.KindInvalid), r.failure.Of(observation.KindProhibited) && (r.to.Is4() || r.took < atOnce):
		// No message from the network gives these errors: of IPv6, one that comes late does.
		return happened(r.failure, 0) + " in " + microseconds(r.took) + ", by this node itself: nothing was sent"
	case !r.elsewhere || f.hasAddress(r.to) || !f.tooSoon(r.failure, r.took):
		return "" // a closed port of this node itself refuses as quickly as a filter
	case f.fastest == 0:
		return happened(r.failure, 0) + " in " + microseconds(r.took) + ", sooner than a packet can return"
	}
	return happened(r.failure, 0) + " in " + microseconds(r.took) + ", sooner than a packet can return: the quickest answer of the run took " + microseconds(f.fastest)
}

// tooSoon reports whether a connection failed before anything could come back
// from another machine. It decides only where nobody says who sent what came.
func (f *facts) tooSoon(failed *observation.Failure, took observation.Elapsed) bool {
	switch {
	case failed.Of(observation.KindHostUnreachable, observation.KindNoRoute):
		return took < soon && took*3 < f.fastest || f.fastest == 0 && took < sooner
	case failed.Of(observation.KindRefused):
		return took < soon && took*3 < f.fastest
	}
	return false
}

// remote reports whether an address of the class is another machine's: what is
// sent to 0.0.0.0 or to loopback never leaves this one.
func remote(c observation.Class) bool {
	return c != observation.ClassLoopback && c != observation.ClassUnspecified
}

// oneFilter takes the other refusals for those of this node too, where one of
// them came sooner than a packet can return: a loaded node measures the rest
// of them late.
func (f *facts) oneFilter() {
	refused := f.ways(func(w *way) bool {
		m := w.icmp()
		return w.proxy == nil && w.state == stateConnect && !w.noRoute && (m == nil || f.rejectedHere(m, w)) &&
			w.failure.Of(observation.KindRefused, observation.KindHostUnreachable, observation.KindNoRoute)
	})
	for _, proof := range refused {
		if proof.locally == "" {
			continue
		}
		for _, w := range refused {
			if w.locally == "" && w.class == proof.class && w.failure.Of(proof.failure.Kind) {
				w.noNeighbour = false
				w.locally = happened(w.failure, 0) + " in " + microseconds(w.climb.Connect.Elapsed) + ", as " + proof.to() + " was"
			}
		}
	}
}

func microseconds(e observation.Elapsed) string {
	return time.Duration(e).Round(time.Microsecond).String()
}

// fastestReturn is the shortest time in which anything came back from another
// machine: an open connection, or a nameserver's answer. A link-local address is
// no other machine's: on EC2 the host that the instance runs on answers there.
func fastestReturn(o *observation.Observations) observation.Elapsed {
	var least observation.Elapsed
	take := func(e observation.Elapsed) {
		if e > 0 && (least == 0 || e < least) {
			least = e
		}
	}
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			if a.Connect != nil && a.Connect.Failure == nil && remote(o.Class(a.Address)) && !a.Address.IsLinkLocalUnicast() {
				take(a.Connect.Elapsed)
			}
		}
	}
	for _, s := range o.Servers {
		if at := s.Address.Addr(); at.IsLoopback() || at.IsLinkLocalUnicast() {
			continue
		}
		for _, a := range s.Answers {
			if a.Rcode != "" {
				take(a.Elapsed)
			}
		}
		for _, a := range []*observation.Answer{s.Witness, s.OverTCP, s.OverUDP} {
			if a != nil && a.Rcode != "" {
				take(a.Elapsed)
			}
		}
	}
	return least
}
