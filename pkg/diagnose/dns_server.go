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

// dnsServerCauses are the causes that concern a nameserver as a whole.
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
			return nil // something answers the system anyway
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

// notPinned matches the names that are not in the hosts file, if the system looks only
// there.
func (f *facts) notPinned() []match {
	order := f.o.Node.Resolver.Order
	var ms []match
	for _, t := range f.direct() {
		if t.resolved.outcome == outcomeNXDomain {
			ms = append(ms, match{target: t, effect: blocks, evidence: append([]string{quotedLine(order.Path, order.At)}, f.systemSaid(t)...)})
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
			"configure a nameserver in " + from + ", or let DHCP set it",
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
			return w // its text says which nameserver is meant
		}
		w.fix = append(w.fix,
			"associate a DHCP option set with AmazonProvidedDNS with the VPC, and renew the lease",
			f.nameNameserver(f.vpcPlusTwo()))
	}
	return w
}

// confirmServers asks each server for the first name for which it fails.
func (f *facts) confirmServers(ms []match) []Check {
	var all []Check
	for _, s := range serversOf(ms) {
		if m := find(ms, func(m *match) bool { return m.server == s && m.target != nil }); m != nil {
			all = append(all, f.ask(s, m.target.Host))
		}
	}
	return append(all, mapTo(serversOf(ms), f.askControl)...)
}

// ownResolver reports whether the server is the VPC's own resolver.
func (f *facts) ownResolver(s *server) bool { return f.ownAddressOfVPC(s.Address.Addr()) }

// ownAddressOfVPC reports whether the address is that resolver's.
func (f *facts) ownAddressOfVPC(a netip.Addr) bool {
	a = plainAddr(a)
	return a == linkLocalResolver || a == linkLocalResolver6 || f.ec2() && a == f.vpcResolver()
}

// sameResolver reports whether two servers are the same one: the VPC's own resolver has
// several addresses.
func (f *facts) sameResolver(a, b *server) bool {
	return a.Address.Addr().Unmap() == b.Address.Addr().Unmap() || f.ownResolver(a) && f.ownResolver(b)
}

// letThrough is for the VPC's own resolver, whose traffic security groups and network
// ACLs do not filter.
func (f *facts) letThrough(what string, s *server) string {
	return "let no packet filter or security software on this node drop " + what + " to " + s.String() + ": security groups and network ACLs do not filter traffic to the VPC's own resolver"
}

// resolverRule says what to check if the VPC's own resolver does not answer for a
// domain: nobody can see where it forwards to, but the rules are the user's own.
func (f *facts) resolverRule(s *server, domain string) string {
	return s.String() + " is the VPC's own resolver: look for a Route 53 Resolver rule for " + domain + " that is associated with the VPC (its targets may be dead, or inbound endpoints of the same VPC, which is a loop), or for a Route 53 Resolver DNS Firewall rule"
}

// anotherServer says how to avoid faulty servers. "" if there is no other: the VPC's own
// resolver is what the others would be replaced with.
func (f *facts) anotherServer(ss []*server) string {
	if slices.ContainsFunc(ss, f.ownResolver) || slices.ContainsFunc(ss, isTailscale) {
		return ""
	}
	if len(ss) > 0 && every(ss, func(s *server) bool { return s.Address.Addr().IsLoopback() }) {
		if f.ec2() {
			return "let it ask AmazonProvidedDNS (" + f.vpcPlusTwo() + ")"
		}
		return "let it ask another nameserver"
	}
	place, special := f.namedIn()
	switch {
	case f.ec2() && special:
		return "use AmazonProvidedDNS (" + f.vpcPlusTwo() + ") in its place in " + place
	case f.ec2():
		return "remove the nameserver from the DHCP option set (or " + place + "), and use AmazonProvidedDNS (" + f.vpcPlusTwo() + ")"
	}
	return "configure another nameserver in " + place
}

// resolverFile is the file, or the place, of the system's lookup settings.
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

// namedIn is where the configured nameservers are set: the rules that send AWS's names
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
		keys = appendNew(keys, safe(clipped(rule.From)))
	}
	switch {
	case len(keys) == 0:
		return f.resolverFile(), policy
	case !f.windows():
		return joinMax(keys, 3), true
	}
	how := " (Set-DnsClientNrptRule, Remove-DnsClientNrptRule)"
	if policy {
		how = ", which the group policy sets"
	}
	return plural(len(keys), "the rule ", "the rules ") + joinMax(keys, 3) + " of the Name Resolution Policy Table" + how, true
}

// isPolicy reports whether a registry key is the group policy's.
func isPolicy(key string) bool { return strings.HasPrefix(key, `HKLM\SOFTWARE\Policies\`) }

func findVPCResolverSilent(f *facts) []match {
	if f.vpc == nil || f.condition(f.vpc) != conditionSilent || replied(f.vpc.OverTCP) {
		return nil
	}
	if slices.ContainsFunc(f.configured, f.vpc.same) {
		return nil // it has a finding of its own
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

// forwarders are the configured nameservers that work, but get no answer from where they
// forward AWS's names to.
func (f *facts) forwarders() []*server {
	return filter(f.configured, func(s *server) bool { return f.condition(s) == conditionForwarder })
}

// lookups matches the names at the configured nameservers in a condition: those whose
// lookup fails because of it, as no other server answers; otherwise those that it was
// asked for, which only have to wait.
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

// effectOf is how a server that does not answer affects a target: not at all, as long as
// the system gets an answer elsewhere.
func (f *facts) effectOf(t *target) effect {
	if t.resolved.outcome.hasAddress() || f.someAnswer(t.Host) {
		return affects
	}
	return blocks
}

// serverEvidence summarizes what a server said: the first name that failed, how many
// did, the control query, and what is behind a stub.
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
	if replied(s.OverTCP) && f.condition(s) == conditionSilent {
		lines = append(lines, answered(s, s.OverTCP.Name, s.OverTCP)+": only UDP is lost")
	}
	if replied(s.OverUDP) {
		lines = append(lines, answered(s, s.OverUDP.Name, s.OverUDP)+" over UDP")
	}
	if replied(s.ControlHost) {
		lines = append(lines, answered(s, s.ControlHost.Name+" (for comparison)", s.ControlHost))
	}
	if s.Address.Addr().IsLoopback() {
		for _, b := range f.behind {
			lines = append(lines, "behind it, "+b.String()+" "+f.condition(b).String())
		}
	}
	return lines
}
