package diagnose

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// connection is the connection of the attempt that counts, nil where none was
// tried.
func (w *way) connection() *observation.Connect {
	if w.proxy != nil {
		return w.proxy.Connect
	}
	return w.climb.Connect
}

// icmp is the ICMP message that ended the connection attempt, nil where there
// was none, or none is known of.
func (w *way) icmp() *observation.ICMPMessage {
	if c := w.connection(); c != nil && c.Failure != nil && c.ICMP != nil && c.ICMP.From.IsValid() {
		return c.ICMP
	}
	return nil
}

// refusedByReset reports whether the connection was answered with a reset, as
// far as is known: an ICMP message gives the same error.
func (w *way) refusedByReset() bool {
	return w.failure.Of(observation.KindRefused) && w.icmp() == nil || w.failure.Of(observation.KindReset)
}

// rejectedOnPath reports whether the connection was rejected by an ICMP
// message from elsewhere.
func (w *way) rejectedOnPath() bool {
	return w.silent() && !w.noNeighbour && !w.failure.Of(observation.KindTimeout)
}

// rejectedHere reports whether this node itself sent the ICMP message.
func (f *facts) rejectedHere(m *observation.ICMPMessage, w *way) bool {
	return f.ownAddress(m.From, w.source())
}

// source is the address that the connection left from, the zero one for none.
func (w *way) source() netip.Addr {
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

// messageName says what an ICMP message means, by the names of its RFCs (792,
// 1812, 4443).
func messageName(m *observation.ICMPMessage) string {
	names := map[[2]int]string{
		{3, 0}: "network unreachable", {3, 1}: "host unreachable", {3, 2}: "protocol unreachable", {3, 3}: "port unreachable",
		{3, 9}: "network administratively prohibited", {3, 10}: "host administratively prohibited", {3, 13}: "administratively prohibited",
		{11, 0}: "time to live exceeded",
	}
	protocol := "ICMP"
	if !m.From.Is4() {
		protocol = "ICMPv6"
		names = map[[2]int]string{
			{1, 0}: "no route", {1, 1}: "administratively prohibited", {1, 3}: "address unreachable", {1, 4}: "port unreachable",
			{1, 5}: "source address failed policy", {1, 6}: "rejected by a route", {3, 0}: "hop limit exceeded",
		}
	}
	numbers := fmt.Sprintf("%s type %d code %d", protocol, m.Type, m.Code)
	if name := names[[2]int{m.Type, m.Code}]; name != "" {
		return name + ", " + numbers
	}
	return numbers
}

// rejectedBy says who rejected a connection, as far as is known: "" else.
func (w *way) rejectedBy() string {
	m := w.icmp()
	switch {
	case m == nil:
		return ""
	case w.noNeighbour:
		return "nobody in this node's own subnet has the address (" + messageName(m) + ", by this node itself)"
	}
	return "rejected by " + m.From.String() + " (" + messageName(m) + ")"
}

// rejecters are the addresses that reject connections, each once.
func rejecters(ws []*way) []netip.Addr {
	var all []netip.Addr
	for _, w := range ws {
		if m := w.icmp(); m != nil && w.rejectedOnPath() && !slices.Contains(all, m.From) {
			all = append(all, m.From)
		}
	}
	return all
}

// split parts silent ways into those from which nothing comes back, and those
// that are rejected on the path.
func split(ws []*way) (mute, rejected []*way) {
	for _, w := range ws {
		if w.rejectedOnPath() {
			rejected = append(rejected, w)
		} else {
			mute = append(mute, w)
		}
	}
	return mute, rejected
}

// notAnswered says for a title what becomes of connections.
func notAnswered(ws []*way) string {
	switch mute, rejected := split(ws); {
	case len(rejected) == 0:
		return "get no answer"
	case len(mute) == 0:
		return "are rejected on the way" + byWhom(rejected)
	}
	return "get no answer or are rejected on the way"
}

// sentTo is what notAnswered is about.
func sentTo(ws []*way) string {
	if _, rejected := split(ws); len(rejected) == 0 {
		return "packets to"
	}
	return "connections to"
}

// byWhom names who rejects, in a title.
func byWhom(ws []*way) string {
	if by := rejecters(ws); len(by) > 0 {
		return ", by " + addrList(by)
	}
	return ""
}

// whoRejects says where to look for what answers a connection with an ICMP
// message that says no. AWS's own filters never do: they drop.
func (f *facts) whoRejects(ws []*way) string {
	_, ws = split(ws)
	const then = "its log names the rule (AWS's own filters drop, and never reject)"
	to := addrList(addressesOf(ws))
	by := rejecters(ws)
	if len(by) == 0 {
		return "look for a firewall or router between " + f.source(ws) + " and " + to + " that rejects TCP 443, and allow it there: " + then
	}
	what := plural(len(by), "the firewall or router ", "the firewalls or routers ") + addrList(by) + plural(len(by), ", which rejects it", ", which reject it")
	if slices.Equal(by, addressesOf(ws)) { // who rejects may also answer in its place
		what = "the machine that answers at " + to + ", or the firewall before it, which rejects it"
	}
	return "allow TCP 443 from " + f.source(ws) + " to " + to + " on " + what + ": " + then
}
