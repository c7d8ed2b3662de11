package lab

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A World is a network as one node sees it, in data: nothing runs yet.
// Whatever is not in it is silence.
type World struct {
	Region string
	// Suffix is the partition's DNS suffix, "amazonaws.com".
	Suffix string
	// Issuer signs the certificates of AWS.
	Issuer Issuer
	Node   Node
	// Names are the host names of the world, with their addresses. "*.NAME"
	// is every name below NAME that is not there itself.
	Names map[string]Records
	// Nameservers listen on port 53 of their addresses, UDP and TCP.
	Nameservers []*Nameserver
	// Metadata listens on 169.254.169.254:80. nil: nobody does.
	Metadata *Metadata
	// Edges are servers on port 443.
	Edges   []*Edge
	Proxies []*Proxy
	// Ways are what the network does to packets. The first that fits counts;
	// without one a packet reaches whoever listens, and is lost where nobody
	// does.
	Ways []Way
	// Clock is how far the clock of the world's servers is ahead of the
	// node's.
	Clock time.Duration

	// made is when a scenario made the world; the time of its ways counts
	// from there.
	made time.Time
	// met counts the questions of faults that end. nil: they hold for ever.
	met *questionCount
}

// Records are the addresses of a host name.
type Records struct {
	// Private are given to who asks inside the VPC. None: no endpoint.
	Private []netip.Addr
	// Public are given to everybody else.
	Public []netip.Addr
	// IPv6 are the name's AAAA records, for everybody.
	IPv6 []netip.Addr
	// CNAME is the name that the addresses really belong to. Empty: none.
	CNAME string
}

// A Way is what the network does to packets for a destination.
type Way struct {
	// To is the destination. The zero value is every address.
	To netip.Prefix
	// Network is "tcp" or "udp". Empty: both.
	Network string
	// Port is the destination's. 0: every port.
	Port   uint16
	Action Action
	// Length is for DropLarge and DropLargeReplies: the longest IP packet
	// that passes, in bytes.
	Length int
	// Until is how long the network does that; then packets pass. 0: for
	// ever.
	Until time.Duration
	// By is who sends the ICMP message. The zero value: the destination.
	By netip.Addr
	// Near: the message comes from the next hop, at once.
	Near bool
}

// An Action is what becomes of a packet.
type Action string

const (
	// Drop loses it.
	Drop Action = "drop"
	// RejectAdmin answers with ICMP: communication administratively
	// prohibited (EHOSTUNREACH).
	RejectAdmin Action = "reject-admin"
	// RejectNet answers with ICMP: network unreachable (ENETUNREACH).
	RejectNet Action = "reject-net"
	// RejectPort answers with ICMP: port unreachable (ECONNREFUSED).
	RejectPort Action = "reject-port"
	// Refuse lets it through to an address where nobody listens: a reset.
	Refuse Action = "refuse"
	// DropLarge loses packets to the destination longer than Length.
	DropLarge Action = "drop-large"
	// DropLargeReplies loses packets from there longer than Length.
	DropLargeReplies Action = "drop-large-replies"
)

// concerns reports whether the way is about that destination.
func (w Way) concerns(network string, to netip.AddrPort) bool {
	return (!w.To.IsValid() || w.To.Contains(to.Addr())) &&
		(w.Network == "" || strings.HasPrefix(network, w.Network)) &&
		(w.Port == 0 || w.Port == to.Port())
}

// holds reports whether the way is about that destination, and its time is not
// over.
func (w *World) holds(way Way, network string, to netip.AddrPort) bool {
	return way.concerns(network, to) && (way.Until == 0 || time.Since(w.made) < way.Until)
}

// way gives what becomes of packets of any size to a destination; "" means
// that they reach it.
func (w *World) way(network string, to netip.AddrPort) Action {
	for _, way := range w.Ways {
		if !w.holds(way, network, to) || way.Action == DropLarge || way.Action == DropLargeReplies {
			continue
		}
		return way.Action
	}
	return ""
}

// lengths gives the longest packets that pass to a destination and back; 0
// means any.
func (w *World) lengths(network string, to netip.AddrPort) (there, back int) {
	for _, way := range w.Ways {
		if !w.holds(way, network, to) {
			continue
		}
		switch way.Action {
		case DropLarge:
			there = way.Length
		case DropLargeReplies:
			back = way.Length
		}
	}
	return there, back
}

// Host gives the host name of an API.
func (w *World) Host(service string) string {
	return service + "." + w.Region + "." + w.Suffix
}

// records gives those of a name: its own, else those of the wildcard that
// covers it (RFC 4592).
func (w *World) records(name string) (Records, bool) {
	if r, ok := w.Names[name]; ok {
		return r, true
	}
	for rest := name; ; {
		_, parent, more := strings.Cut(rest, ".")
		if !more {
			return Records{}, false
		}
		if r, ok := w.Names["*."+parent]; ok {
			return r, true
		}
		if _, ok := w.Names[parent]; ok {
			return Records{}, false // the closest that there is has no wildcard
		}
		rest = parent
	}
}

// EdgesOf gives the servers of a service, those of its private endpoint or the
// public ones.
func (w *World) EdgesOf(service string, private bool) []*Edge {
	var found []*Edge
	for _, e := range w.Edges {
		if e.Service == service && e.Private == private {
			found = append(found, e)
		}
	}
	return found
}

// Nameserver returns the one at that address, or nil.
func (w *World) Nameserver(a netip.Addr) *Nameserver {
	i := slices.IndexFunc(w.Nameservers, func(n *Nameserver) bool { return n.Address == a })
	if i < 0 {
		return nil
	}
	return w.Nameservers[i]
}

// Fate gives what becomes of a packet to a destination ("" means that it
// arrives where somebody listens), and the longest one that passes; 0 is any.
func (w *World) Fate(network string, to netip.AddrPort) (Action, int) {
	there, _ := w.lengths(network, to)
	return w.way(network, to), there
}

// Rejecter gives who answers, with an ICMP message, a packet that a way rejects,
// and whether it is the next hop, whose answer needs no time.
func (w *World) Rejecter(network string, to netip.AddrPort) (by netip.Addr, near bool) {
	for _, way := range w.Ways {
		if !w.holds(way, network, to) || way.Action == DropLarge || way.Action == DropLargeReplies {
			continue
		}
		if by = way.By; !by.IsValid() {
			by = to.Addr()
		}
		return by, way.Near
	}
	return to.Addr(), false
}

// LongestReply gives the longest packet that passes from there to the node; 0
// is any.
func (w *World) LongestReply(network string, from netip.AddrPort) int {
	_, back := w.lengths(network, from)
	return back
}
