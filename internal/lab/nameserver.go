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

// InternetDNS is the nameserver of the internet, for forwarders and proxies.
var InternetDNS = netip.MustParseAddr("198.41.0.10")

// A Nameserver is a DNS server of the world.
type Nameserver struct {
	Address netip.Addr
	// Engine is the program that runs it in the netns lab. Empty: the lab itself,
	// as always in the mapped lab.
	Engine Engine
	// Loopback: it listens on the node itself.
	Loopback bool
	// Knows is the view that it answers from. ViewNone: it forwards.
	Knows View
	// Forwards are the zones that it forwards; the longest match counts, and "."
	// is the rest.
	Forwards []Forward
	// StripPrivate removes private addresses from answers (protection from DNS
	// rebinding).
	StripPrivate bool
	// Anchors are names for which unbound has a trust anchor (DNSSEC), so that it
	// rejects unsigned answers.
	Anchors []string
	// Faults change its answers. The first match counts.
	Faults []DNSFault
	// Stream serves its TCP connections instead. nil: it answers as over UDP.
	Stream func(net.Conn)
}

// An Engine is a program that acts as a server in the netns lab.
type Engine string

// The engines.
const (
	Unbound Engine = "unbound"
	BIND    Engine = "named"
	Dnsmasq Engine = "dnsmasq"
	// SquidProxy and Mitmdump are proxies; Mitmdump intercepts TLS.
	SquidProxy Engine = "squid"
	Mitmdump   Engine = "mitmdump"
)

// A View selects the addresses that a server gives for a name.
type View string

const (
	// ViewNone is a server without names of its own: it only forwards.
	ViewNone View = ""
	// ViewVPC gives private addresses, or public ones if there are none.
	ViewVPC View = "vpc"
	// ViewPublic gives public addresses only.
	ViewPublic View = "public"
)

// A Forward sends queries for a zone to another server.
type Forward struct {
	Zone string
	To   netip.Addr
}

// A DNSFault changes the answers for some names.
type DNSFault struct {
	// Zones are names, including those below them. Empty: every name.
	Zones []string
	// Type is the type of record, such as dns.TypeAAAA. 0: every type.
	Type uint16
	Do   DNSAction
	// Delay is before the answer.
	Delay time.Duration
	// Addresses are for DNSGive.
	Addresses []netip.Addr
	// Text is sent as an Extended DNS Error with the code Blocked. Empty: none.
	Text string
	// First limits the fault to so many queries for each name and type. 0: no
	// limit.
	First int
	// Raw returns the messages to send instead of an answer. nil: an answer is sent.
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
	DNSGarbage     DNSAction = "garbage"      // bytes that are not DNS
	DNSWrongID     DNSAction = "wrong-id"     // an answer with another id
	DNSWrongName   DNSAction = "wrong-name"   // an answer for another name
	DNSCNAMELoop   DNSAction = "cname-loop"   // two names that point at each other
	DNSPublic      DNSAction = "public"       // public addresses only
	DNSPrivateOnly DNSAction = "private-only" // nothing for names without a private address
	DNSBogus       DNSAction = "bogus"        // SERVFAIL, unless the query disables checking (DNSSEC)
)

// Clone returns a deep copy.
func (n Nameserver) Clone() *Nameserver {
	n.Anchors = slices.Clone(n.Anchors)
	n.Forwards, n.Faults = slices.Clone(n.Forwards), slices.Clone(n.Faults)
	for i, f := range n.Faults {
		n.Faults[i] = f.Clone()
	}
	return &n
}

// Clone returns a deep copy.
func (f DNSFault) Clone() DNSFault {
	f.Zones, f.Addresses = slices.Clone(f.Zones), slices.Clone(f.Addresses)
	return f
}

func (f DNSFault) matches(name string, qtype uint16) bool {
	if f.Type != 0 && f.Type != qtype {
		return false
	}
	return len(f.Zones) == 0 || slices.ContainsFunc(f.Zones, func(z string) bool { return dns.IsSubDomain(dns.Fqdn(z), dns.Fqdn(name)) })
}

// A reply is the content of a server's message.
type reply struct {
	do        DNSAction // a fault of the message itself, "" for none
	rcode     int
	addresses []netip.Addr
	cname     string
	text      string
	delay     time.Duration
	raw       func(q *dns.Msg, tcp bool) [][]byte
}

// maxForwards ends a loop of forwards.
const maxForwards = 5

// answer returns a server's reply for a name, also by way of the servers that it
// forwards to.
func (w *World) answer(n *Nameserver, name string, qtype uint16, depth int) reply {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	var r reply
	i := slices.IndexFunc(n.Faults, func(f DNSFault) bool { return f.matches(name, qtype) && w.stillHolds(n, f, name, qtype) })
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

// faulty returns a server's reply for a name with a fault.
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

// lookUp answers from a view, or forwards the query.
func (w *World) lookUp(n *Nameserver, v View, name string, qtype uint16, depth int) reply {
	if v == ViewNone {
		to, ok := n.forward(name)
		if !ok {
			return reply{rcode: dns.RcodeRefused}
		}
		next := w.Nameserver(to)
		if next == nil || depth >= maxForwards || w.Fate("udp", netip.AddrPortFrom(to, 53)).Action != "" {
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

// forward returns the server that queries for a name are forwarded to.
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

// A questionCount counts queries for faults with a First.
type questionCount struct {
	mu  sync.Mutex
	met map[question]int
}

type question struct {
	server netip.Addr
	name   string
	qtype  uint16
}

// stillHolds counts a query, and reports whether the fault still applies to it.
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
