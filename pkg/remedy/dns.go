package remedy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// When a forward holds that is one of several ways.
const (
	onlyWithEndpoints = "Only where the VPC has these endpoints already, with private DNS names: no resolver that knows the VPC answered this run, so that it could not tell."
	onlyElsewhere     = "Only where it forwards to something else than a Route 53 Resolver inbound endpoint: where it forwards there already, that does not answer, and this changes nothing."
)

// addDoubtful is addForward where a missing endpoint may be the cause as well. A
// VPC's own resolver that has no private name lacks no forwarder.
func (p planner) addDoubtful(c cause, ts []observation.PlannedTarget) {
	domains := p.domains(ts)
	for _, s := range p.wrongServers(ts, false) {
		if f := p.forwardOf(c, domains, s); len(domains) > 0 && !f.vpcItself && !diagnose.IsTailscale(s.Address.Addr()) {
			f.only = onlyWithEndpoints
			p.mergeForward(f)
		}
	}
}

// addForward groups the nameservers that lack the forwarder by where they are
// to forward to. It reports false where that may be right already.
func (p planner) addForward(c cause, ts []observation.PlannedTarget) bool {
	domains := p.domains(ts)
	servers := p.wrongServers(ts, c.code == diagnose.DNSForwarderBroken)
	if len(domains) == 0 || len(servers) == 0 {
		return false
	}
	sure := true
	for _, s := range servers {
		if diagnose.IsTailscale(s.Address.Addr()) {
			sure = false // the finding says which settings of Tailscale cure it
			continue
		}
		f := p.forwardOf(c, domains, s)
		if c.code == diagnose.DNSForwarderBroken && len(f.to) == 0 {
			sure = false // where it forwards to may be right, and down
			if f.vpcItself {
				continue
			}
			f.only = onlyElsewhere
		}
		p.mergeForward(f)
	}
	return sure
}

// forwardOf is what a nameserver lacks. Of the servers behind a stub those do
// not lack it that are to be forwarded to.
func (p planner) forwardOf(c cause, domains []string, s observation.ServerObservation) forward {
	f := forward{causes: []cause{c}, domains: domains, servers: []netip.AddrPort{s.Address}}
	f.to, f.vpcItself = p.forwardTo(s)
	if !s.Address.Addr().IsLoopback() {
		return f
	}
	behind := slices.DeleteFunc(slices.Clone(p.o.Node.Resolver.Behind), func(b netip.AddrPort) bool {
		return p.ownResolver(b.Addr()) || slices.ContainsFunc(f.to, func(to netip.AddrPort) bool { return p.sameResolver(to.Addr(), b.Addr()) })
	})
	if len(behind) > 0 {
		f.servers, f.behindStub = behind, true
	}
	return f
}

// ownResolver reports whether the address is the VPC's own resolver's.
func (p planner) ownResolver(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	plusTwo, known := p.vpcPlusTwo()
	return a == linkLocalResolver || a == linkLocalResolver6 || known && a == plusTwo
}

// sameResolver reports whether two addresses are one resolver's: the VPC's own
// has several.
func (p planner) sameResolver(a, b netip.Addr) bool {
	return a.Unmap() == b.Unmap() || p.ownResolver(a) && p.ownResolver(b)
}

func (p planner) mergeForward(f forward) {
	for i := range p.forwards {
		have := &p.forwards[i]
		if !slices.Equal(have.to, f.to) || have.vpcItself != f.vpcItself || have.behindStub != f.behindStub {
			continue
		}
		have.servers = union(have.servers, f.servers)
		have.domains = union(have.domains, f.domains)
		if have.causes[len(have.causes)-1].title != f.causes[0].title {
			have.causes = append(have.causes, f.causes...)
		}
		if f.only == "" {
			have.only = "" // it holds in any case
		}
		return
	}
	p.forwards = append(p.forwards, f)
}

func union[T comparable](a, b []T) []T {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// addExemption names the servers that strip private answers: those that give
// no address for any of the targets.
func (p planner) addExemption(c cause, ts []observation.PlannedTarget) bool {
	e := &exemption{causes: []cause{c}, domains: p.domains(ts)}
	for _, s := range p.configured() {
		if !slices.ContainsFunc(ts, func(t observation.PlannedTarget) bool { return hasAddress(s, t.Host) }) && !diagnose.IsTailscale(s.Address.Addr()) {
			e.servers = append(e.servers, s.Address)
		}
	}
	if len(e.domains) == 0 || len(e.servers) == 0 {
		return false
	}
	if p.exempt != nil {
		e.domains = union(p.exempt.domains, e.domains)
		e.servers = union(p.exempt.servers, e.servers)
		e.causes = append(p.exempt.causes, e.causes...)
	}
	p.exempt = e
	return true
}

// configured are the nameservers that the system asks.
func (p planner) configured() []observation.ServerObservation {
	var list []observation.ServerObservation
	for _, s := range p.o.Servers {
		if s.Role == observation.RoleConfigured && s.NotAsked == "" && s.Address.IsValid() {
			list = append(list, s)
		}
	}
	return list
}

// wrongServers are the configured nameservers that answer for a target and do
// not give its private address. With silent those count that do not answer.
func (p planner) wrongServers(ts []observation.PlannedTarget, silent bool) []observation.ServerObservation {
	var list []observation.ServerObservation
	for _, s := range p.configured() {
		wrong := false
		for _, t := range ts {
			answers, private := false, false
			for _, a := range s.Answers {
				if !sameName(a.Name, t.Host) {
					continue
				}
				answers = answers || a.Rcode != "" || silent
				private = private || slices.ContainsFunc(a.Addresses, func(a netip.Addr) bool { return p.o.Class(a) == observation.ClassPrivate })
			}
			wrong = wrong || answers && !private
		}
		if wrong {
			list = append(list, s)
		}
	}
	return list
}

// forwardTo says where a nameserver must forward AWS's names: within the VPC
// to its resolver, from anywhere else to an inbound endpoint, as AWS does not
// support the VPC's resolver from outside. A VPC's own resolver takes a rule.
func (p planner) forwardTo(s observation.ServerObservation) (to []netip.AddrPort, vpcItself bool) {
	a := s.Address.Addr()
	plusTwo, known := p.vpcPlusTwo()
	vpcItself = p.ownResolver(a)
	inside := slices.ContainsFunc(p.o.Metadata.VPCBlocks, func(b netip.Prefix) bool { return b.Contains(a.Unmap()) }) ||
		p.node.ec2 && a.IsLoopback()
	if inside && !vpcItself {
		if known {
			return []netip.AddrPort{netip.AddrPortFrom(plusTwo, 53)}, false
		}
		return []netip.AddrPort{netip.AddrPortFrom(linkLocalResolver, 53)}, false
	}
	for _, other := range p.o.Servers {
		if other.Role == observation.RoleVPC && other.Given && other.Address.IsValid() && !p.sameResolver(other.Address.Addr(), a) {
			to = append(to, other.Address)
		}
	}
	return to, vpcItself
}

// linkLocalResolver is the VPC's resolver from within it (Amazon VPC User
// Guide, AmazonDNS-concepts).
var (
	linkLocalResolver  = netip.AddrFrom4([4]byte{169, 254, 169, 253})
	linkLocalResolver6 = netip.MustParseAddr("fd00:ec2::253")
)

// vpcPlusTwo is the same one by the base of the VPC's primary block and two.
func (p planner) vpcPlusTwo() (netip.Addr, bool) {
	for _, b := range p.o.Metadata.VPCBlocks {
		if b.Addr().Is4() {
			return b.Masked().Addr().Next().Next(), true
		}
	}
	return netip.Addr{}, false
}

// domains are what a nameserver forwards for the targets: the part of AWS's
// names behind the Region, or another host itself.
func (p planner) domains(ts []observation.PlannedTarget) []string {
	var list []string
	for _, t := range ts {
		host, err := endpoint.ParseHost(t.Host)
		if err != nil {
			continue
		}
		if _, after, ok := strings.Cut(host, "."+p.region.Name+"."); ok && p.region.Name != "" && endpoint.IsAWSName(host) {
			host = after
		}
		if !slices.Contains(list, host) {
			list = append(list, host)
		}
	}
	return list
}

func hasAddress(s observation.ServerObservation, host string) bool {
	return slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return sameName(a.Name, host) && len(a.Addresses) > 0 })
}

func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}
