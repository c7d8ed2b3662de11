package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// atOnce is sooner than anything comes back over a network: what takes no
// longer was decided on this node.
const atOnce = observation.Elapsed(time.Millisecond)

// localRefusalMax is the longest that a refusal of this node's own packet filter takes:
// 0.2 ms were measured for a reject in OUTPUT.
const localRefusalMax = observation.Elapsed(500 * time.Microsecond)

// remoteAnswerMin is less than any answer of another machine takes: 0.1 ms were measured
// for a router in the same segment, and 0.01 ms for a rule of policy routing.
const remoteAnswerMin = observation.Elapsed(50 * time.Microsecond)

// routeFails reports whether the routing table has no route. That connecting a
// UDP socket fails the same way is the proof, as it sends nothing; an ICMP
// message from elsewhere gives the same errors to a TCP connection only.
func routeFails(failed *observation.Failure, took observation.Elapsed, es []observation.Experiment) bool {
	if !noRoute(failed) {
		return false
	}
	if e := experiment(es, observation.ExperimentUDPConnect); e != nil {
		return noRoute(e.Result.Failure())
	}
	return failed.Of(observation.KindNoRoute, observation.KindNoFamily, observation.KindInvalid) || took < atOnce
}

func noRoute(f *observation.Failure) bool {
	return f.Of(observation.KindNoRoute, observation.KindNoFamily, observation.KindProhibited, observation.KindInvalid, observation.KindHostUnreachable)
}

// refusedHere gives the sign by which this node itself refuses the connection,
// if there is one. A missing route is no refusal.
func (f *facts) refusedHere(w *path, took observation.Elapsed) localRefusal {
	sent := experiment(w.experiments, observation.ExperimentUDPSend)
	switch {
	case w.failure.Of(observation.KindNotPermitted):
		return localRefusal{sign: signEPERM}
	case w.failure.Of(observation.KindTimeout) && sent != nil && sent.Result.Failure().Of(observation.KindNotPermitted):
		return localRefusal{sign: signDatagramEPERM, took: took}
	}
	r := refusal{failure: w.failure, took: took, message: w.icmp(), to: w.addr, elsewhere: remote(w.class)}
	if w.proxy != nil {
		r.to = w.proxy.Address.Addr()
	}
	r.own = r.message != nil && f.rejectedHere(r.message, w)
	return f.ownRefusal(r)
}

// A localSign is what shows that this node itself refused. The zero value: it
// did not, as far as is known.
type localSign int

const (
	signNone localSign = iota
	signEPERM
	// signDatagramEPERM: TCP times out, and a datagram to the same port gives EPERM.
	signDatagramEPERM
	// signICMP: an ICMP message from an address of this node.
	signICMP
	// signNothingSent: an error that no message from the network gives.
	signNothingSent
	// signTooSoon: it failed before a packet could return.
	signTooSoon
	// signLikeAnother: it failed as another connection did that has a sign.
	signLikeAnother
)

// A localRefusal is a sign of a refusal by this node, with what its words need.
type localRefusal struct {
	sign          localSign
	failure       *observation.Failure
	took, fastest observation.Elapsed
	message       *observation.ICMPMessage
	like          *path
}

// A refusal is a TCP connection that failed, and what shows who refused it.
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

// ownRefusal gives the sign by which it was this node that refused.
func (f *facts) ownRefusal(r refusal) localRefusal {
	own := localRefusal{failure: r.failure, took: r.took, message: r.message, fastest: f.fastest}
	switch {
	case r.message != nil:
		if !r.own || r.failure.Of(observation.KindTimeout) || f.unanswered(r.message, r.to, r.took) {
			return localRefusal{}
		}
		own.sign = signICMP
	case r.failure.Of(observation.KindInvalid), r.failure.Of(observation.KindProhibited) && (r.to.Is4() || r.took < atOnce):
		// No message from the network gives these errors: of IPv6, one that comes late does.
		own.sign = signNothingSent
	case !r.elsewhere || f.hasAddress(r.to) || !f.tooSoon(r.failure, r.took):
		return localRefusal{} // a closed port of this node itself refuses as quickly as a filter
	default:
		own.sign = signTooSoon
	}
	return own
}

// tooSoon reports whether a connection failed before anything could come back
// from another machine. It decides only where nobody says who sent what came.
func (f *facts) tooSoon(failed *observation.Failure, took observation.Elapsed) bool {
	switch {
	case failed.Of(observation.KindHostUnreachable, observation.KindNoRoute):
		return took < localRefusalMax && took*3 < f.fastest || f.fastest == 0 && took < remoteAnswerMin
	case failed.Of(observation.KindConnectionRefused):
		return took < localRefusalMax && took*3 < f.fastest
	}
	return false
}

// remote reports whether an address of the class is another machine's: what is
// sent to 0.0.0.0 or to loopback never leaves this one.
func remote(c observation.Class) bool {
	return c != observation.ClassLoopback && c != observation.ClassUnspecified
}

// spreadLocalRefusals takes the other refusals for those of this node too, where one of
// them came sooner than a packet can return: a loaded node measures the rest
// of them late.
func (f *facts) spreadLocalRefusals() {
	refused := f.paths(func(w *path) bool {
		m := w.icmp()
		return w.proxy == nil && w.state == stateConnect && !w.noRoute && (m == nil || f.rejectedHere(m, w)) &&
			w.failure.Of(observation.KindConnectionRefused, observation.KindHostUnreachable, observation.KindNoRoute)
	})
	for _, proof := range refused {
		if !proof.refusedLocally() {
			continue
		}
		for _, w := range refused {
			if !w.refusedLocally() && w.class == proof.class && w.failure.Of(proof.failure.Kind) {
				w.noNeighbour = false
				w.refusal = localRefusal{sign: signLikeAnother, failure: w.failure, took: w.stages.Connect.Elapsed, like: proof}
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
		for _, a := range []*observation.Answer{s.ControlQuery, s.OverTCP, s.OverUDP} {
			if a != nil && a.Rcode != "" {
				take(a.Elapsed)
			}
		}
	}
	return least
}

// failsAnywhere reports whether the target fails by this node itself, and so would at
// whichever address: that it has another than it should does not explain it.
func (f *facts) failsAnywhere(t *target) bool {
	return !t.proxied && len(t.paths) > 0 && !t.works() &&
		!slices.ContainsFunc(t.paths, func(w *path) bool { return !f.nodeRefuses(w) })
}

// nodeRefuses reports whether this node itself refuses the path: its packet
// filter, where that lets private addresses pass no more than this one; or its
// trust store or its clock, which refuse AWS's own certificate.
func (f *facts) nodeRefuses(w *path) bool {
	switch w.state {
	case stateConnect:
		return w.refusedLocally() && f.filtersPrivate()
	case stateUnverified:
		h := w.stages.Handshake
		return f.issuersKnown() && h.NameMatches && h.ByAmazon() && (!h.Trusted || f.clock.wrong() && !h.InTime)
	}
	return false
}

// filtersPrivate reports whether this node's packet filter refuses a private
// address.
func (f *facts) filtersPrivate() bool {
	return slices.ContainsFunc(f.targets, func(t *target) bool {
		return slices.ContainsFunc(t.paths, func(w *path) bool {
			return w.proxy == nil && w.class == observation.ClassPrivate && w.refusedLocally()
		})
	})
}

// answered reports whether something came back on one of the target's paths: a
// connection, or a refusal. What is wrong there is seen then, and is the cause.
func (t *target) answered() bool {
	return slices.ContainsFunc(t.paths, func(w *path) bool {
		return w.connected() || w.state == stateConnect && !w.refusedLocally() && w.failure.Of(observation.KindConnectionRefused, observation.KindReset)
	})
}

// connection is the connection of the attempt that counts, nil where none was
// tried.
func (w *path) connection() *observation.Connect {
	if w.proxy != nil {
		return w.proxy.Connect
	}
	return w.stages.Connect
}

// icmp is the ICMP message that ended the connection attempt, nil where there
// was none, or none is known of.
func (w *path) icmp() *observation.ICMPMessage {
	if c := w.connection(); c != nil && c.Failure != nil && c.ICMP != nil && c.ICMP.From.IsValid() {
		return c.ICMP
	}
	return nil
}

// refusedByReset reports whether the connection was answered with a reset, as
// far as is known: an ICMP message gives the same error.
func (w *path) refusedByReset() bool {
	return w.failure.Of(observation.KindConnectionRefused) && w.icmp() == nil || w.failure.Of(observation.KindReset)
}

// rejectedOnPath reports whether the connection was rejected by an ICMP
// message from elsewhere.
func (w *path) rejectedOnPath() bool {
	return w.silent() && !w.noNeighbour && !w.failure.Of(observation.KindTimeout)
}

// rejectedHere reports whether this node itself sent the ICMP message.
func (f *facts) rejectedHere(m *observation.ICMPMessage, w *path) bool {
	return f.ownAddress(m.From, w.source())
}

// source is the address that the connection left from, the zero one for none.
func (w *path) source() netip.Addr {
	if c := w.connection(); c != nil {
		return c.Local
	}
	return netip.Addr{}
}

// ownAddress reports whether an address is one of this node's, as local is.
func (f *facts) ownAddress(a, local netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsValid() && (a == local || a.IsLoopback() || f.hasAddress(a))
}

// hasAddress reports whether an interface of this node has an address.
func (f *facts) hasAddress(a netip.Addr) bool {
	return slices.ContainsFunc(f.o.Node.Addresses, func(p netip.Prefix) bool { return p.Addr() == a })
}

// neighbour reports whether an address lies in a subnet that this node is in.
func (f *facts) neighbour(a netip.Addr) bool {
	return slices.ContainsFunc(f.o.Node.Addresses, func(p netip.Prefix) bool { return p.Contains(a) })
}

// unresolved is less than the three seconds for which the kernel asks for a
// neighbour before it gives up. A packet filter that says the same says it at
// once, or to the second packet, a second later: the kernel limits how many such
// messages it sends.
const unresolved = 2500 * atOnce

// filtered is the longest that a packet filter takes to reject what is meant for
// a neighbour, on a loaded node. The kernel's three seconds are the neighbour's,
// not the connection's: where another process asked for it before, they are over
// sooner.
const filtered = 20 * atOnce

// unanswered reports whether the kernel may have sent the message because no
// neighbour has the address.
func (f *facts) unanswered(m *observation.ICMPMessage, to netip.Addr, took observation.Elapsed) bool {
	return hostUnreachable(m) && (took >= unresolved || took >= filtered && f.neighbour(to))
}

// hostUnreachable reports whether the message is the one that the kernel also
// sends to itself where nobody in its own subnet has the address (ARP, or
// neighbour discovery).
func hostUnreachable(m *observation.ICMPMessage) bool {
	if m.From.Is4() {
		return m.Type == 3 && m.Code == 1
	}
	return m.Type == 1 && m.Code == 3
}
