package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Nameservers that give no answer.
const (
	DNSNoNameserver    Code = "dns-no-nameserver"
	DNSServerSilent    Code = "dns-server-silent"
	DNSServerRefuses   Code = "dns-server-refuses"
	DNSServerFails     Code = "dns-server-fails"
	DNSForwarderBroken Code = "dns-forwarder-broken"
	VPCResolverSilent  Code = "vpc-resolver-silent"
)

// dnsServerCauses are the causes that lie in a nameserver as a whole.
func dnsServerCauses() []cause {
	return []cause{
		{
			code: DNSNoNameserver, atMost: Error, restart: true,
			find: findNoNameserver, describe: describeNoNameserver,
		},
		{
			code: DNSServerSilent, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver},
			find: func(f *facts) []match { return f.lookups(conditionSilent) }, describe: describeServerSilent,
		},
		{
			code: DNSServerRefuses, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver},
			find: func(f *facts) []match { return f.lookups(conditionRefuses) }, describe: describeServerRefuses,
		},
		{
			code: DNSServerFails, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver},
			find: func(f *facts) []match { return f.lookups(conditionFails) }, describe: describeServerFails,
		},
		{
			code: VPCResolverSilent, atMost: Error, restart: true,
			find: findVPCResolverSilent, describe: describeVPCResolverSilent,
			actions: (*facts).allowResolver,
		},
		{
			code: DNSForwarderBroken, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver, VPCResolverSilent},
			find: func(f *facts) []match { return f.lookups(conditionForwarder) }, describe: describeForwarderBroken,
			actions: (*facts).forwardSilentZones,
		},
	}
}

func findNoNameserver(f *facts) []match {
	if f.onlyFiles() {
		return f.notPinned()
	}
	r := f.o.Node.Resolver
	unusable := r.Failure.Of(observation.KindOther) // a directory, say
	if len(r.Servers) > 0 || f.nameserversUnread() || len(f.direct()) == 0 {
		return nil
	}
	for _, s := range f.configured {
		if s.Given || f.condition(s) == conditionAnswers {
			return nil
		}
	}
	for _, t := range f.direct() {
		if t.lookup != nil && t.resolved.outcome.decisive() && !f.pinned(t) {
			return nil // something answers where the system then asks
		}
	}
	var ms []match
	for _, t := range f.direct() {
		if t.lookup == nil && !unusable || t.resolved.outcome.hasAddress() || t.lookup != nil && isUndecided(t.lookup.Failure) {
			continue
		}
		ms = append(ms, match{target: t, effect: blocks})
	}
	return ms
}

// notPinned are the names that are in no hosts file, where that alone is looked
// into.
func (f *facts) notPinned() []match {
	order := f.o.Node.Resolver.Order
	var ms []match
	for _, t := range f.direct() {
		if t.resolved.outcome == outcomeNXDomain {
			m := match{target: t, effect: blocks, evidence: []string{quotedLine(order.Path, order.At)}}
			if t.lookup != nil && t.lookup.Failure != nil {
				m.evidence = append(m.evidence, lookedUp(t.lookup))
			}
			ms = append(ms, m)
		}
	}
	return ms
}

func describeNoNameserver(f *facts, ms []match) words {
	if f.onlyFiles() {
		return f.describeOnlyFiles()
	}
	r := f.o.Node.Resolver
	from := f.resolverFile()
	more := from + ": no nameserver"
	switch {
	case r.Failure.Of(observation.KindAbsent):
		more = from + ": there is no such file"
	case r.Failure != nil:
		more = r.Failure.Text
	}
	ts := targetsOf(ms)
	w := words{
		title: "no nameserver is configured on this node",
		more:  []string{more},
		fix: []string{
			"name a nameserver in " + from + ", or let DHCP set it",
		},
	}
	f.describeUnusable(&w)
	if len(ts) > 0 && ts[0].lookup != nil {
		w.more = append(w.more, lookedUp(ts[0].lookup))
		w.checks = append(w.checks, f.system(ts[0]))
	}
	if !f.windows() {
		w.checks = append(w.checks, Check{Command: "grep -n nameserver /etc/resolv.conf", Expect: f.expectNameservers()})
	}
	if f.ec2() {
		if len(r.Unusable) > 0 {
			return w // what stands there says which nameserver is meant
		}
		w.fix = append(w.fix,
			"associate a DHCP option set with AmazonProvidedDNS with the VPC, and renew the lease",
			f.nameNameserver(f.vpcPlusTwo()))
	}
	return w
}

// confirmServers asks each server for the first name that it fails for.
func (f *facts) confirmServers(ms []match) []Check {
	var all []Check
	for _, s := range serversOf(ms) {
		for _, m := range ms {
			if m.server == s && m.target != nil {
				all = append(all, f.ask(s, m.target.Host))
				break
			}
		}
	}
	for _, s := range serversOf(ms) {
		all = append(all, f.askControl(s))
	}
	return all
}

// ownResolver reports whether the server is the VPC's own resolver.
func (f *facts) ownResolver(s *server) bool { return f.ownAddressOfVPC(s.Address.Addr()) }

// ownAddressOfVPC reports whether the address is that resolver's.
func (f *facts) ownAddressOfVPC(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a == linkLocalResolver || a == linkLocalResolver6 || f.ec2() && a == f.vpcResolver()
}

// sameResolver reports whether two servers are one: the VPC's own resolver has
// several addresses.
func (f *facts) sameResolver(a, b *server) bool {
	return a.Address.Addr().Unmap() == b.Address.Addr().Unmap() || f.ownResolver(a) && f.ownResolver(b)
}

// letThrough is for the VPC's own resolver: what goes there passes security groups
// and network ACLs unfiltered.
func (f *facts) letThrough(what string, s *server) string {
	return "let no packet filter or security software of this node drop " + what + " to " + s.String() + ": security groups and network ACLs do not filter what goes to the VPC's own resolver"
}

// resolverRule says where to look when the VPC's own resolver gives no answer
// for a domain: nobody can see where it asks, but the rules are one's own.
func (f *facts) resolverRule(s *server, domain string) string {
	return s.String() + " is the VPC's own resolver: look for a Route 53 Resolver rule for " + domain + " that is associated with the VPC (its targets are dead, or are inbound endpoints of the same VPC, a loop), or for a rule of Route 53 Resolver DNS Firewall"
}

// anotherServer is the way around servers that are at fault, "" where there is
// none: the VPC's own resolver is what the others would be exchanged for.
func (f *facts) anotherServer(ss []*server) string {
	if slices.ContainsFunc(ss, f.ownResolver) || slices.ContainsFunc(ss, isTailscale) {
		return ""
	}
	if len(ss) > 0 && !slices.ContainsFunc(ss, func(s *server) bool { return !s.Address.Addr().IsLoopback() }) {
		if f.ec2() {
			return "or let it ask AmazonProvidedDNS (" + f.vpcPlusTwo() + ")"
		}
		return "or let it ask another nameserver"
	}
	place, special := f.namedIn()
	switch {
	case f.ec2() && special:
		return "or name AmazonProvidedDNS (" + f.vpcPlusTwo() + ") in its place in " + place
	case f.ec2():
		return "or take the nameserver out of the DHCP option set (or " + place + "), and use AmazonProvidedDNS (" + f.vpcPlusTwo() + ")"
	}
	return "or name another nameserver in " + place
}

// resolverFile is the file, or the place, with the system's settings for lookups.
func (f *facts) resolverFile() string {
	switch from := f.o.Node.Resolver.From; {
	case f.windows() && !isPolicy(from):
		return "the DNS settings of this node's adapters"
	case f.windows():
		return "the group policy of " + safe(clipped(from))
	case from != "":
		return from
	}
	return "the system's configuration"
}

// namedIn is where the counting nameservers are named: the rules that send AWS's names
// to them, or the system's settings. special: no DHCP option set changes it.
func (f *facts) namedIn() (place string, special bool) {
	r := f.o.Node.Resolver
	var keys []string
	policy := isPolicy(r.From)
	for _, t := range f.direct() {
		rule := r.RuleFor(t.Host)
		if rule == nil || f.serversGiven() || !slices.ContainsFunc(f.configured, func(s *server) bool { return slices.Contains(rule.Servers, s.Address) && s.From != r.From }) {
			continue
		}
		policy = isPolicy(rule.From)
		if key := safe(clipped(rule.From)); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	switch {
	case len(keys) == 0:
		return f.resolverFile(), policy
	case !f.windows():
		return joinMax(keys, 3), true
	case policy:
		return plural(len(keys), "the rule ", "the rules ") + joinMax(keys, 3) + " of the Name Resolution Policy Table, which the group policy sets", true
	}
	return plural(len(keys), "the rule ", "the rules ") + joinMax(keys, 3) + " of the Name Resolution Policy Table (Set-DnsClientNrptRule, Remove-DnsClientNrptRule)", true
}

// isPolicy reports whether a key of the registry is the group policy's.
func isPolicy(key string) bool { return strings.HasPrefix(key, `HKLM\SOFTWARE\Policies\`) }

func findVPCResolverSilent(f *facts) []match {
	if f.vpc == nil || f.condition(f.vpc) != conditionSilent || f.vpc.OverTCP != nil && f.vpc.OverTCP.Rcode != "" {
		return nil
	}
	if slices.ContainsFunc(f.configured, f.vpc.same) {
		return nil // it is its own finding
	}
	m := match{effect: affects, server: f.vpc, evidence: f.serverEvidence(f.vpc)}
	if !f.vpc.Given {
		m.limit = Info
		return []match{m}
	}
	forwarders := f.forwarders()
	alone := m
	for _, s := range forwarders {
		m.evidence = append(m.evidence, f.serverEvidence(s)...)
	}
	var ms []match
	for _, t := range f.direct() {
		if len(forwarders) > 0 && f.effectOf(t) == blocks {
			m := m
			m.target, m.effect = t, blocks
			ms = append(ms, m)
		}
	}
	if len(ms) == 0 {
		return []match{alone}
	}
	return ms
}

// forwarders are the counting servers that work, and get no answer from where
// they forward AWS's names to.
func (f *facts) forwarders() []*server {
	return slices.DeleteFunc(slices.Clone(f.configured), func(s *server) bool { return f.condition(s) != conditionForwarder })
}

// lookups are the matches of a cause at the counting servers of a condition:
// the names whose lookup fails because of it, where no other server answers;
// else those that it was asked for, which only wait for it.
func (f *facts) lookups(c condition) []match {
	var ms []match
	for _, s := range f.configured {
		if f.condition(s) != c {
			continue
		}
		evidence := f.serverEvidence(s)
		for _, t := range f.direct() {
			if s.answerTo(t.Host) == nil || s.outcome(t.Host).decisive() {
				continue
			}
			ms = append(ms, match{target: t, server: s, effect: f.effectOf(t), evidence: evidence})
		}
	}
	return ms
}

// effectOf is what a server that gives no answer does to a target: nothing, as
// long as the system has an answer from elsewhere.
func (f *facts) effectOf(t *target) effect {
	if t.resolved.outcome.hasAddress() || f.someAnswer(t.Host) {
		return affects
	}
	return blocks
}

// serverEvidence is what a server said, in a few lines: the first name that
// failed, how many did, the control query, and what stands behind a stub.
func (f *facts) serverEvidence(s *server) []string {
	var lines []string
	failed, asked := 0, 0
	for _, t := range f.direct() {
		a := s.answerTo(t.Host)
		if a == nil {
			continue
		}
		asked++
		if !s.outcome(t.Host).decisive() {
			if failed == 0 {
				lines = append(lines, answered(s, t.Host, a))
			}
			failed++
		}
	}
	if failed > 1 {
		lines[0] += "; the same for " + number(failed-1, "more name")
	}
	if f.condition(s) == conditionLocal {
		lines = append(lines, f.refusals(s)...)
	}
	if s.ControlQuery != nil {
		lines = append(lines, answered(s, "com. NS (any working server answers it)", s.ControlQuery))
	}
	if s.OverTCP != nil && s.OverTCP.Rcode != "" && f.condition(s) == conditionSilent {
		lines = append(lines, answered(s, s.OverTCP.Name, s.OverTCP)+": only UDP is lost")
	}
	if s.OverUDP != nil && s.OverUDP.Rcode != "" {
		lines = append(lines, answered(s, s.OverUDP.Name, s.OverUDP)+" over UDP")
	}
	if s.ControlHost != nil && s.ControlHost.Rcode != "" {
		lines = append(lines, answered(s, s.ControlHost.Name+" (for comparison)", s.ControlHost))
	}
	if s.Address.Addr().IsLoopback() {
		for _, b := range f.behind {
			lines = append(lines, "behind it, "+b.String()+" "+f.condition(b).String())
		}
	}
	return lines
}
