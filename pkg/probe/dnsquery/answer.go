package dnsquery

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxAddresses limits what is kept of one answer. AWS returns at most eight
// addresses for a name.
const maxAddresses = 64

// maxCNAMEs limits a chain of names: no resolver follows a longer one.
const maxCNAMEs = 16

// readAnswer fills a from msg.
func readAnswer(a *observation.Answer, msg *dns.Msg) {
	a.Rcode = dns.RcodeToString[msg.Rcode]
	if a.Rcode == "" {
		a.Rcode = fmt.Sprintf("RCODE%d", msg.Rcode)
	}
	a.ExtendedErrors = extendedErrors(msg)
	switch msg.Rcode {
	case dns.RcodeSuccess:
		if a.Type != "NS" {
			a.Failure = readAddresses(a, msg)
		}
	case dns.RcodeNameError:
		a.Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain, Text: "NXDOMAIN: no such name"}
	case dns.RcodeServerFailure:
		a.Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindServFail, Text: a.Rcode}
	default:
		a.Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindDNSRefused, Text: a.Rcode}
	}
}

// readAddresses follows the chain of names from the question and takes the
// addresses at its end; it ignores records of other names.
func readAddresses(a *observation.Answer, msg *dns.Msg) *observation.Failure {
	aliases := make(map[string]string)
	for _, rr := range msg.Answer {
		if c, ok := rr.(*dns.CNAME); ok {
			aliases[dns.CanonicalName(c.Hdr.Name)] = dns.CanonicalName(c.Target)
		}
	}
	name := dns.CanonicalName(a.Name)
	for next, ok := aliases[name]; ok; next, ok = aliases[name] {
		if len(a.CNAMEs) == maxCNAMEs {
			a.CNAMEs = nil
			a.Discarded = append(a.Discarded, fmt.Sprintf("a chain of more than %d aliases", maxCNAMEs))
			return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed, Text: "the answer has too many aliases"}
		}
		circle := next == dns.CanonicalName(a.Name) || slices.Contains(a.CNAMEs, next)
		a.CNAMEs = append(a.CNAMEs, next)
		name = next
		if circle {
			a.Discarded = append(a.Discarded, "a loop of aliases")
			return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed, Text: "the answer's aliases lead in a circle"}
		}
	}
	for _, rr := range msg.Answer {
		if dns.CanonicalName(rr.Header().Name) != name {
			continue
		}
		if addr, ok := addressOf(rr); ok && len(a.Addresses) < maxAddresses {
			a.Addresses = append(a.Addresses, addr)
		}
	}
	if len(a.Addresses) == 0 {
		return &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress, Text: "an answer with no address"}
	}
	slices.SortFunc(a.Addresses, netip.Addr.Compare)
	a.Addresses = slices.Compact(a.Addresses)
	return nil
}

func addressOf(rr dns.RR) (netip.Addr, bool) {
	switch rr := rr.(type) {
	case *dns.A:
		addr, ok := netip.AddrFromSlice(rr.A)
		return addr.Unmap(), ok
	case *dns.AAAA:
		return netip.AddrFromSlice(rr.AAAA)
	}
	return netip.Addr{}, false
}

// extendedErrors returns RFC 8914's errors, as "15 (Blocked): text".
func extendedErrors(msg *dns.Msg) []string {
	opt := msg.IsEdns0()
	if opt == nil {
		return nil
	}
	var all []string
	for _, o := range opt.Option {
		e, ok := o.(*dns.EDNS0_EDE)
		if !ok || len(all) == 4 {
			continue
		}
		s := fmt.Sprintf("%d (%s)", e.InfoCode, dns.ExtendedErrorCodeToString[e.InfoCode])
		if e.ExtraText != "" {
			s += ": " + observation.Truncate(e.ExtraText, 200)
		}
		all = append(all, s)
	}
	return all
}
