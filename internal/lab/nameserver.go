package lab

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// InternetDNS is the DNS of the internet, as forwarders and proxies see it.
var InternetDNS = netip.MustParseAddr("198.41.0.10")

// A Nameserver is one DNS server of the world.
type Nameserver struct {
	Address netip.Addr
	// Engine is the program that plays it in the netns lab. Empty: the lab's
	// own. The mapped lab always uses its own.
	Engine Engine
	// Loopback: it listens on the node itself.
	Loopback bool
	// Knows is the view of the world's names that it answers from, before it
	// forwards anything.
	Knows View
	// Forwards are the zones that it asks other servers for; the longest
	// that fits counts, and "." is the rest.
	Forwards []Forward
	// StripPrivate leaves private addresses out of answers (protection from
	// DNS rebinding).
	StripPrivate bool
	// Anchors are names for which unbound has a trust anchor (DNSSEC), so that
	// unsigned answers for them are none.
	Anchors []string
	// Faults change its answers. The first that fits counts.
	Faults []DNSFault
	// Stream speaks on its TCP connections in its place. nil: it answers
	// there as over UDP.
	Stream func(net.Conn)
}

// An Engine is a program that plays a part of the world in the netns lab.
type Engine string

// The engines other than the lab's own.
const (
	Unbound Engine = "unbound"
	BIND    Engine = "named"
	Dnsmasq Engine = "dnsmasq"
	// SquidProxy and Mitmdump play a proxy; Mitmdump opens TLS.
	SquidProxy Engine = "squid"
	Mitmdump   Engine = "mitmdump"
)

// A View is which of a name's addresses a server gives.
type View string

const (
	// ViewNone knows no name: it only forwards.
	ViewNone View = ""
	// ViewVPC gives private addresses where there are, else public ones.
	ViewVPC View = "vpc"
	// ViewPublic gives public addresses only.
	ViewPublic View = "public"
)

// A Forward sends questions for a zone to another server.
type Forward struct {
	Zone string
	To   netip.Addr
}

// A DNSFault changes the answers for some names.
type DNSFault struct {
	// Zones are names, with all below them. None: every question.
	Zones []string
	// Type is the type of record asked for, dns.TypeAAAA say. 0: every one.
	Type uint16
	Do   DNSAction
	// Delay goes before the answer.
	Delay time.Duration
	// Addresses are for DNSGive.
	Addresses []netip.Addr
	// Text goes with the answer as an Extended DNS Error of the code
	// Blocked. Empty: none.
	Text string
	// First confines it to so many questions of each name and type; then the
	// server answers. 0: to all.
	First int
	// Raw gives the messages that are sent in place of an answer, over UDP or
	// over TCP. nil: an answer is sent.
	Raw func(q *dns.Msg, tcp bool) [][]byte
}

// A DNSAction is what a fault does to an answer.
type DNSAction string

// What can be wrong with an answer.
const (
	DNSSlow        DNSAction = "slow" // only the delay
	DNSSilent      DNSAction = "silent"
	DNSRefused     DNSAction = "refused"
	DNSServFail    DNSAction = "servfail"
	DNSFormErr     DNSAction = "formerr"
	DNSNXDomain    DNSAction = "nxdomain"
	DNSEmpty       DNSAction = "empty"
	DNSGive        DNSAction = "give"         // other addresses
	DNSTruncate    DNSAction = "truncate"     // over UDP
	DNSGarbage     DNSAction = "garbage"      // bytes that are no DNS
	DNSWrongID     DNSAction = "wrong-id"     // an answer to another question's id
	DNSWrongName   DNSAction = "wrong-name"   // an answer to another name
	DNSCNAMELoop   DNSAction = "cname-loop"   // two names that point at each other
	DNSPublic      DNSAction = "public"       // public addresses only
	DNSPrivateOnly DNSAction = "private-only" // nothing for names that have no private address
	DNSBogus       DNSAction = "bogus"        // SERVFAIL, unless the question disables checking (DNSSEC)
)

// Clone gives a world a nameserver of its own.
func (n Nameserver) Clone() *Nameserver {
	n.Anchors = slices.Clone(n.Anchors)
	n.Forwards, n.Faults = slices.Clone(n.Forwards), slices.Clone(n.Faults)
	for i, f := range n.Faults {
		n.Faults[i] = f.Clone()
	}
	return &n
}

func (f DNSFault) Clone() DNSFault {
	f.Zones, f.Addresses = slices.Clone(f.Zones), slices.Clone(f.Addresses)
	return f
}

func (f DNSFault) concerns(name string, qtype uint16) bool {
	if f.Type != 0 && f.Type != qtype {
		return false
	}
	return len(f.Zones) == 0 || slices.ContainsFunc(f.Zones, func(z string) bool { return dns.IsSubDomain(dns.Fqdn(z), dns.Fqdn(name)) })
}

// A reply is what a server says, before it is made a message.
type reply struct {
	do        DNSAction // what to do in place of a proper answer, "" for none
	rcode     int
	addresses []netip.Addr
	cname     string
	text      string
	delay     time.Duration
	raw       func(q *dns.Msg, tcp bool) [][]byte
}

// maxForwards ends a chain of forwards that goes round.
const maxForwards = 5

// answer works out what the server says about a name, also through the servers
// that it forwards to.
func (w *World) answer(n *Nameserver, name string, qtype uint16, depth int) reply {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	var r reply
	i := slices.IndexFunc(n.Faults, func(f DNSFault) bool { return f.concerns(name, qtype) && w.stillHolds(n, f, name, qtype) })
	if i < 0 {
		r = w.lookUp(n, n.Knows, name, qtype, depth)
	} else {
		r = w.faulty(n, n.Faults[i], name, qtype, depth)
	}
	if n.StripPrivate {
		r.addresses = slices.DeleteFunc(slices.Clone(r.addresses), netip.Addr.IsPrivate)
	}
	return r
}

// faulty works out what the server says where a fault concerns the name.
func (w *World) faulty(n *Nameserver, f DNSFault, name string, qtype uint16, depth int) reply {
	r := reply{delay: f.Delay, text: f.Text, raw: f.Raw}
	switch f.Do {
	case DNSRefused:
		r.rcode = dns.RcodeRefused
	case DNSServFail:
		r.rcode = dns.RcodeServerFailure
	case DNSFormErr:
		r.rcode = dns.RcodeFormatError
	case DNSNXDomain:
		r.rcode = dns.RcodeNameError
	case DNSEmpty:
	case DNSGive:
		r.addresses = ofType(f.Addresses, qtype)
	case DNSPublic:
		r = w.lookUp(n, ViewPublic, name, qtype, depth)
	case DNSPrivateOnly:
		r = w.lookUp(n, ViewVPC, name, qtype, depth)
		if rec, _ := w.records(name); len(rec.Private) == 0 {
			r = reply{rcode: dns.RcodeNameError}
		}
	case DNSSlow:
		r = w.lookUp(n, n.Knows, name, qtype, depth)
	case DNSTruncate, DNSBogus:
		r = w.lookUp(n, n.Knows, name, qtype, depth)
		r.do = f.Do
	default:
		r.do = f.Do
	}
	r.delay = max(r.delay, f.Delay)
	return r
}

// lookUp answers from a view, or asks the server that the name is forwarded
// to.
func (w *World) lookUp(n *Nameserver, v View, name string, qtype uint16, depth int) reply {
	if v == ViewNone {
		to, ok := n.forward(name)
		if !ok {
			return reply{rcode: dns.RcodeRefused}
		}
		next := w.Nameserver(to)
		if next == nil || depth >= maxForwards || w.way("udp", netip.AddrPortFrom(to, 53)) != "" {
			return reply{do: DNSSilent}
		}
		r := w.answer(next, name, qtype, depth+1)
		if r.raw != nil {
			return reply{do: DNSSilent}
		}
		switch r.do {
		case DNSGarbage, DNSWrongID, DNSWrongName:
			return reply{do: DNSSilent}
		case DNSTruncate:
			r.do = ""
		}
		return r
	}
	rec, ok := w.records(name)
	if !ok {
		if name == "com" || name == "" {
			return reply{}
		}
		return reply{rcode: dns.RcodeNameError}
	}
	all := rec.Public
	if v == ViewVPC && len(rec.Private) > 0 {
		all = rec.Private
	}
	return reply{addresses: ofType(slices.Concat(all, rec.IPv6), qtype), cname: rec.CNAME}
}

// forward gives the server that questions for a name go to.
func (n *Nameserver) forward(name string) (netip.Addr, bool) {
	best, labels := netip.Addr{}, -1
	for _, f := range n.Forwards {
		if c := dns.CountLabel(dns.Fqdn(f.Zone)); dns.IsSubDomain(dns.Fqdn(f.Zone), dns.Fqdn(name)) && c > labels {
			best, labels = f.To, c
		}
	}
	return best, labels >= 0
}

func ofType(all []netip.Addr, qtype uint16) []netip.Addr {
	var out []netip.Addr
	for _, a := range all {
		if a.Is4() == (qtype == dns.TypeA) && (qtype == dns.TypeA || qtype == dns.TypeAAAA) {
			out = append(out, a)
		}
	}
	return out
}

// A questionCount counts the questions that met a fault which ends.
type questionCount struct {
	mu  sync.Mutex
	met map[question]int
}

type question struct {
	server netip.Addr
	name   string
	qtype  uint16
}

// stillHolds counts a question, and reports whether the fault is still about it.
func (w *World) stillHolds(n *Nameserver, f DNSFault, name string, qtype uint16) bool {
	if f.First == 0 || w.met == nil {
		return true
	}
	w.met.mu.Lock()
	defer w.met.mu.Unlock()
	if w.met.met == nil {
		w.met.met = make(map[question]int)
	}
	q := question{n.Address, name, qtype}
	w.met.met[q]++
	return w.met.met[q] <= f.First
}
