package lab

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A World describes a network as one node sees it. It is data: nothing runs yet.
// An address that is not in it never answers.
type World struct {
	Region string
	// Suffix is the partition's DNS suffix, "amazonaws.com".
	Suffix string
	// Issuer signs the certificates of AWS.
	Issuer Issuer
	Node   Node
	// Names are the host names of the world, with their addresses. "*.NAME"
	// is a wildcard for the names below NAME that have no entry.
	Names map[string]Records
	// Nameservers listen on port 53 of their addresses, UDP and TCP.
	Nameservers []*Nameserver
	// Metadata listens on 169.254.169.254:80. nil: nobody does.
	Metadata *Metadata
	// Edges are servers on port 443.
	Edges   []*Edge
	Proxies []*Proxy
	// Ways are what the network does to packets. The first that matches counts.
	// Without one, a packet reaches whoever listens at its destination, and is
	// lost if nobody does.
	Ways []Way
	// Clock is how far the clock of the world's servers is ahead of the
	// node's.
	Clock time.Duration

	// made is when the scenario made the world. Way.Until counts from there.
	made time.Time
	// met counts queries for faults with a First. nil: such faults never end.
	met *questionCount
}

// Records are the addresses of a host name.
type Records struct {
	// Private are for queries from inside the VPC. Empty: there is no endpoint.
	Private []netip.Addr
	// Public are for everybody else.
	Public []netip.Addr
	// IPv6 are the AAAA records, for everybody.
	IPv6 []netip.Addr
	// CNAME is the name that the addresses belong to. Empty: none.
	CNAME string
}

// A Way is what the network does to packets for a destination.
type Way struct {
	// To is the destination. The zero value is every address.
	To netip.Prefix
	// Network is "tcp" or "udp". Empty: both.
	Network string
	// Port is the destination's. 0: every port.
	Port uint16
	// Action is what happens to the packets. Empty: they pass.
	Action Action
	// Length is the longest IP packet that passes DropLarge or
	// DropLargeReplies, in bytes.
	Length int
	// Until is how long this lasts; then packets pass. 0: for ever.
	Until time.Duration
	// By is the sender of the ICMP message. The zero value: the destination.
	By netip.Addr
	// Near: the message comes from the next hop, without delay.
	Near bool
}

// An Action is what happens to a packet.
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
	// Refuse delivers it to an address where nobody listens: a reset.
	Refuse Action = "refuse"
	// DropLarge loses packets to the destination longer than Length.
	DropLarge Action = "drop-large"
	// DropLargeReplies loses packets from the destination longer than Length.
	DropLargeReplies Action = "drop-large-replies"
)

// matches reports whether the way is for that destination.
func (w Way) matches(network string, to netip.AddrPort) bool {
	return (!w.To.IsValid() || w.To.Contains(to.Addr())) &&
		(w.Network == "" || strings.HasPrefix(network, w.Network)) &&
		(w.Port == 0 || w.Port == to.Port())
}

// A Fate is what happens to packets between the node and a destination.
type Fate struct {
	// Action is for packets of any size. Empty: they reach whoever listens.
	Action Action
	// By sends the ICMP message that rejects a packet. Near: it is the next hop.
	By   netip.Addr
	Near bool
	// Longest is the longest packet that reaches the destination, LongestReply
	// the longest from there. 0: any.
	Longest, LongestReply int
}

// Fate returns what now happens to packets for a destination.
func (w *World) Fate(network string, to netip.AddrPort) Fate {
	f := Fate{By: to.Addr()}
	decided := false
	for _, way := range w.Ways {
		if !way.matches(network, to) || way.Until != 0 && time.Since(w.made) >= way.Until {
			continue
		}
		switch {
		case way.Action == DropLarge:
			f.Longest = way.Length
		case way.Action == DropLargeReplies:
			f.LongestReply = way.Length
		case !decided:
			decided = true
			f.Action, f.Near = way.Action, way.Near
			if way.By.IsValid() {
				f.By = way.By
			}
		}
	}
	return f
}

// Host returns the host name of an API.
func (w *World) Host(service string) string {
	return service + "." + w.Region + "." + w.Suffix
}

// records returns those of a name: its own, otherwise those of the wildcard that
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
			return Records{}, false // the closest existing name has no wildcard
		}
		rest = parent
	}
}

// EdgesOf returns the servers of a service: those of its interface endpoint, or the
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

// Nameserver returns the nameserver at that address, or nil.
func (w *World) Nameserver(a netip.Addr) *Nameserver {
	i := slices.IndexFunc(w.Nameservers, func(n *Nameserver) bool { return n.Address == a })
	if i < 0 {
		return nil
	}
	return w.Nameservers[i]
}
