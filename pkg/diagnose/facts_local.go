package diagnose

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// atOnce is sooner than anything returns over a network: what takes no longer was
// decided on this node.
const atOnce = observation.Elapsed(time.Millisecond)

// localRefusalMax is the longest that a rejection by this node's own packet filter
// takes: a reject in OUTPUT took 0.2 ms when measured.
const localRefusalMax = observation.Elapsed(500 * time.Microsecond)

// remoteAnswerMin is shorter than any answer of another machine takes: a router in the
// same segment took 0.1 ms when measured, and a policy routing rule 0.01 ms.
const remoteAnswerMin = observation.Elapsed(50 * time.Microsecond)

// routeFails reports whether the routing table has no route. The proof is that
// connecting a UDP socket, which sends nothing, fails the same way: an ICMP message from
// elsewhere causes these errors for a TCP connection only.
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

// refusedHere returns the sign that this node itself refuses the connection, if there is
// one. A missing route is not a refusal.
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

// A localSign is what shows that this node itself refused. The zero value: it did not,
// as far as is known.
type localSign int

const (
	signNone localSign = iota
	signEPERM
	// signDatagramEPERM: TCP times out, and a datagram to the same port gives EPERM.
	signDatagramEPERM
	// signICMP: an ICMP message from an address of this node.
	signICMP
	// signNothingSent: an error that no message from the network causes.
	signNothingSent
	// signTooSoon: it failed before a packet could return.
	signTooSoon
	// signLikeAnother: it failed like another connection, which has a sign.
	signLikeAnother
)

// A localRefusal is a sign that this node refused, and what is needed to word it.
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
	// message is the ICMP message that ended it, or nil. own: this node sent it.
	message *observation.ICMPMessage
	own     bool
}

// ownRefusal returns the sign that it was this node that refused.
func (f *facts) ownRefusal(r refusal) localRefusal {
	own := localRefusal{failure: r.failure, took: r.took, message: r.message, fastest: f.fastest}
	switch {
	case r.message != nil:
		if !r.own || r.failure.Of(observation.KindTimeout) || f.unanswered(r.message, r.to, r.took) {
			return localRefusal{}
		}
		own.sign = signICMP
	case r.failure.Of(observation.KindInvalid), r.failure.Of(observation.KindProhibited) && (r.to.Is4() || r.took < atOnce):
		// No message from the network causes these errors, except a late one for IPv6.
		own.sign = signNothingSent
	case !r.elsewhere || f.hasAddress(r.to) || !f.tooSoon(r.failure, r.took):
		return localRefusal{} // a closed port of this node itself refuses as quickly as a filter
	default:
		own.sign = signTooSoon
	}
	return own
}

// tooSoon reports whether a connection failed before anything could return from another
// machine. It decides only if nothing says who sent the rejection.
func (f *facts) tooSoon(failed *observation.Failure, took observation.Elapsed) bool {
	switch {
	case failed.Of(observation.KindHostUnreachable, observation.KindNoRoute):
		return took < localRefusalMax && took*3 < f.fastest || f.fastest == 0 && took < remoteAnswerMin
	case failed.Of(observation.KindConnectionRefused):
		return took < localRefusalMax && took*3 < f.fastest
	}
	return false
}

// remote reports whether an address of the class belongs to another machine: packets to
// 0.0.0.0 or to loopback never leave this one.
func remote(c observation.Class) bool {
	return c != observation.ClassLoopback && c != observation.ClassUnspecified
}

// spreadLocalRefusals attributes the other refusals to this node too, if one of them
// came sooner than a packet can return: a loaded node measures the rest too late.
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

// fastestReturn is the shortest time in which anything returned from another machine: an
// open connection, or a nameserver's answer. A link-local address does not count: on
// EC2, the host of the instance answers there.
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
			if replied(a) {
				take(a.Elapsed)
			}
		}
	}
	return least
}

// failsAnywhere reports whether this node itself makes the target fail, and would do so
// at any address: then having the wrong address explains nothing.
func (f *facts) failsAnywhere(t *target) bool {
	return !t.proxied && len(t.paths) > 0 && !t.works() && every(t.paths, f.nodeRefuses)
}

// nodeRefuses reports whether this node itself refuses the path: its packet filter, if
// it treats private addresses no better than this one; or its trust store or clock, if
// they make it reject AWS's own certificate.
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

// filtersPrivate reports whether this node's packet filter refuses some private address.
func (f *facts) filtersPrivate() bool {
	return slices.ContainsFunc(f.targets, func(t *target) bool {
		return slices.ContainsFunc(t.paths, func(w *path) bool {
			return w.proxy == nil && w.class == observation.ClassPrivate && w.refusedLocally()
		})
	})
}

// answered reports whether something returned on one of the target's paths: a
// connection, or a refusal. Then what is wrong there is visible, and is the cause.
func (t *target) answered() bool {
	return slices.ContainsFunc(t.paths, func(w *path) bool {
		return w.connected() || w.state == stateConnect && !w.refusedLocally() && w.failure.Of(observation.KindConnectionRefused, observation.KindReset)
	})
}

// connection is the connection of the attempt that counts, or nil if none was tried.
func (w *path) connection() *observation.Connect {
	if w.proxy != nil {
		return w.proxy.Connect
	}
	return w.stages.Connect
}

// icmp is the ICMP message that ended the connection attempt, or nil if there was none,
// or its sender is not known.
func (w *path) icmp() *observation.ICMPMessage {
	if c := w.connection(); c != nil && c.Failure != nil && c.ICMP != nil && c.ICMP.From.IsValid() {
		return c.ICMP
	}
	return nil
}

// refusedByReset reports whether the connection was answered with a reset, as far as is
// known: an ICMP message causes the same error.
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

// source is the address that the connection left from, or the zero Addr.
func (w *path) source() netip.Addr {
	if c := w.connection(); c != nil {
		return c.Local
	}
	return netip.Addr{}
}

// ownAddress reports whether an address is one of this node's, as local is.
func (f *facts) ownAddress(a, local netip.Addr) bool {
	a = plainAddr(a)
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

// unresolved is less than the three seconds for which the kernel looks for a neighbour
// before it gives up. A packet filter that sends the same message does so at once, or in
// reply to the second packet, a second later: the kernel limits the rate of these
// messages.
const unresolved = 2500 * atOnce

// filtered is the longest that a packet filter on a loaded node takes to reject packets
// for a neighbour. The kernel's three seconds are the neighbour's, not the connection's:
// if another process asked for it before, they are over sooner.
const filtered = 20 * atOnce

// unanswered reports whether the kernel may have sent the message because no neighbour
// has the address.
func (f *facts) unanswered(m *observation.ICMPMessage, to netip.Addr, took observation.Elapsed) bool {
	return hostUnreachable(m) && (took >= unresolved || took >= filtered && f.neighbour(to))
}

// hostUnreachable reports whether the message is the one that the kernel also sends to
// itself if nothing in its own subnet has the address (ARP, or neighbour discovery).
func hostUnreachable(m *observation.ICMPMessage) bool {
	if m.From.Is4() {
		return m.Type == 3 && m.Code == 1
	}
	return m.Type == 1 && m.Code == 3
}
