package diagnose

import (
	"cmp"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Names that do not resolve.
const (
	DNSNameFails   Code = "dns-name-fails"
	DNSNameMissing Code = "dns-name-missing"
	DNSNoAddress   Code = "dns-no-address"
)

// dnsNameCauses are the causes of names without an address, the more precise ones first.
func dnsNameCauses() []cause {
	precise := []Code{
		DNSNoNameserver, DNSServerSilent, DNSServerRefuses, DNSServerFails, VPCResolverSilent, DNSForwarderBroken,
		DNSNameFails, DNSRebindFilter, DNSResolversDisagree, DNSForwarderMissing, DNSForwarderPartial, DNSTCPBlocked,
	}
	return []cause{
		{ // single names, at a nameserver that answers for others
			code: DNSNameFails, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver, VPCResolverSilent, DNSTCPBlocked},
			find: findNameFails, describe: describeNameFails,
		},
		{
			code: DNSNameMissing, atMost: Error, restart: true, dependsOn: precise,
			find: func(f *facts) []match { return f.unresolved(outcomeNXDomain) }, describe: describeNameMissing,
		},
		{
			code: DNSNoAddress, atMost: Error, restart: true, dependsOn: precise,
			find:     func(f *facts) []match { return f.unresolved(outcomeEmpty) },
			describe: describeNoAddress,
		},
	}
}

// unresolved matches the targets whose name resolves to the outcome.
func (f *facts) unresolved(o outcome) []match {
	var ms []match
	for _, t := range f.direct() {
		if t.resolved.outcome == o {
			ms = append(ms, match{target: t, effect: blocks, evidence: append(f.comparison(t.Host), f.systemSaid(t)...)})
		}
	}
	return ms
}

// systemSaid is what the system's own lookup of a name shows: how it failed, or
// that its address is another name's.
func (f *facts) systemSaid(t *target) []string {
	var lines []string
	if t.lookup != nil && t.lookup.Failure != nil {
		lines = append(lines, lookedUp(t.lookup))
	}
	return append(lines, f.completed(t)...)
}

func (f *facts) confirmNames(ts []*target) []Check {
	few := ts[:min(len(ts), 2)]
	if len(f.configured) == 0 {
		return mapTo(few, f.system)
	}
	s := f.configured[0]
	all := mapTo(few, func(t *target) Check { return f.ask(s, t.Host) })
	for _, t := range f.direct() { // a name that the same nameserver knows
		if s.outcome(t.Host).hasAddress() && !slices.Contains(ts, t) {
			return append(all, controls(f.ask(s, t.Host))...)
		}
	}
	return all
}

func describeNameMissing(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{
		title:  hostsOf(ts) + plural(len(hosts(ts)), " does not exist", " do not exist") + " for the nameservers",
		checks: f.confirmNames(ts),
	}
	if !slices.ContainsFunc(ts, func(t *target) bool { return f.anyOutcome(f.configured, t.Host, outcomeNXDomain) }) {
		// The system says the same of a name that exists without an address.
		w.title = "the system's own lookup finds no address for " + hostsOf(ts)
	}
	if f.o.Plan.RegionNote != "" {
		w.more = append(w.more, "the Region "+f.o.Plan.Region+" ("+f.o.Plan.RegionFrom+"): "+f.o.Plan.RegionNote)
		w.fix = append(w.fix, "check the spelling of the Region: "+f.o.Plan.Region)
	}
	w.fix = append(w.fix, f.zoneForBuckets(&w, ts)...)
	named := true
	for _, t := range ts {
		named = named && t.Overridden != ""
		if t.Overridden != "" {
			w.more = append(w.more, t.Host+" is named by "+t.Overridden)
			w.fix = append(w.fix, "correct or remove the host of "+t.Name+" in "+t.Overridden)
		}
	}
	when := ""
	if named {
		when = "if the name is right: "
	}
	if who := f.ownServers(); who != "" {
		w.fix = append(w.fix, when+"look for a zone "+joinAnd(f.domains(ts))+" on "+who+" that lacks the name, and remove the zone or forward the domain")
	}
	if s := f.vpcSays(ts, outcomeNXDomain); s != nil {
		w.fix = append(w.fix, when+f.lookInVPC(s, ts, "lacks the name"))
	}
	return w
}

// ownServers names the user's own nameservers, which have zones and forwarders to check,
// or "" if only the VPC's resolver is configured.
func (f *facts) ownServers() string {
	if len(f.configured) == 0 {
		return "the nameserver"
	}
	return joinAnd(serverNames(filter(f.configured, func(s *server) bool { return !f.ownResolver(s) })))
}

// vpcSays is the resolver that knows the VPC's names, if the outcome is its own answer
// for one of the targets; otherwise nil. Such an answer comes from the VPC.
func (f *facts) vpcSays(ts []*target, o outcome) *server {
	for _, s := range f.resolvers() {
		if (s == f.vpc || f.ownResolver(s)) && slices.ContainsFunc(ts, func(t *target) bool { return s.outcome(t.Host) == o }) {
			return s
		}
	}
	return nil
}

// lookInVPC says what configuration makes the VPC's resolver return no address for a
// name that AWS has. The resolver itself has no zones or forwarders to check.
func (f *facts) lookInVPC(s *server, ts []*target, lack string) string {
	who := " is the VPC's own resolver"
	if !f.ownResolver(s) {
		who = " answers for the VPC"
	}
	domains := joinAnd(f.domains(ts))
	return "look for a Route 53 Resolver DNS Firewall rule that blocks " + everyHost(ts) +
		", for a private hosted zone for " + domains + " or a subdomain that is associated with the VPC and " + lack +
		", and for a Route 53 Resolver rule for " + domains + " that forwards to servers without it: " + s.String() + who
}

func describeNoAddress(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{
		title:  "the nameservers return no address for " + hostsOf(ts),
		checks: f.confirmNames(ts),
	}
	if f.describeAliases(&w, ts) {
		return w
	}
	if who := f.ownServers(); who != "" {
		w.fix = append(w.fix, "find out what "+who+" does with "+joinAnd(f.domains(ts))+": a filter that strips private addresses, a response policy, or a zone without the record")
	}
	if s := f.vpcSays(ts, outcomeEmpty); s != nil {
		w.fix = append(w.fix, f.lookInVPC(s, ts, "lacks its address"))
	}
	if f.vpc == nil {
		w.fix = append(w.fix, "run this again with --vpc-resolver and the address of the Route 53 Resolver inbound endpoint: it shows whether private addresses are stripped")
	}
	return w
}

// describeAliases describes aliases that lead to no address, if that is what is wrong
// with every one of the names.
func (f *facts) describeAliases(w *words, ts []*target) bool {
	var wrong []*server
	how := "form a loop"
	for _, t := range ts {
		i := slices.IndexFunc(f.configured, func(s *server) bool { return aliasFault(s.answerTo(t.Host)) != "" })
		if i < 0 {
			return false
		}
		if len(f.configured[i].answerTo(t.Host).CNAMEs) == 0 {
			how = "lead to no address"
		}
		wrong = append(wrong, f.configured[i])
	}
	at := joinAnd(serverNames(wrong))
	w.title = "the aliases of " + hostsOf(ts) + " " + how + " at " + at
	w.fix = []string{"correct the alias records (CNAME) of " + everyHost(ts) + " on " + at + ", or on the server that it gets them from"}
	return true
}

func (f *facts) nameservers() string {
	return cmp.Or(joinAnd(serverNames(f.configured)), "the nameserver")
}

// hostsOf names the hosts of targets, each once.
func hostsOf(ts []*target) string { return joinMax(hosts(ts), 2) }

// everyHost is hostsOf for a fix: whoever opens a firewall must know them all, and
// cannot act on "and 7 more".
func everyHost(ts []*target) string { return joinMax(hosts(ts), 12) }

// hosts are those of the targets, each once.
func hosts(ts []*target) []string {
	var all []string
	for _, t := range ts {
		if !slices.ContainsFunc(all, func(h string) bool { return sameName(h, t.Host) }) {
			all = append(all, t.Host)
		}
	}
	return all
}

// unchecked is the server's usable answer for a host with checking disabled, or nil.
func (s *server) unchecked(host string) *observation.Answer {
	return find(s.Unchecked, func(a *observation.Answer) bool { return sameName(a.Name, host) && len(a.Addresses) > 0 })
}

func findNameFails(f *facts) []match {
	stripped := f.forwarding()
	var ms []match
	for _, s := range f.configured {
		if f.condition(s) != conditionAnswers {
			continue
		}
		for _, t := range f.direct() {
			a := s.answerTo(t.Host)
			if a == nil || a.Truncated || !s.outcome(t.Host).failed() || a.Failure.Of(observation.KindNotPermitted) {
				continue
			}
			strips := slices.Contains(stripped.filtered, t) || slices.Contains(stripped.others, t)
			if slices.Contains(stripped.filters, s) && strips {
				continue
			}
			if s.outcome(t.Host) == outcomeSilent && t.lookup != nil && t.lookup.Failure == nil && !f.pinned(t) {
				continue // packets were lost: the system also asked it, and got an answer
			}
			m := match{target: t, server: s, effect: f.effectOf(t), evidence: []string{answered(s, t.Host, a)}}
			for i := range s.Unchecked {
				if u := &s.Unchecked[i]; sameName(u.Name, t.Host) {
					m.evidence = append(m.evidence, answered(s, t.Host+" with checking disabled (CD)", u))
				}
			}
			if o := f.goodAnswer(s); o != nil {
				m.evidence = append(m.evidence, answered(s, o.Name, o))
			}
			m.evidence = slices.Concat(m.evidence, f.elsewhereAnswered(s, t.Host), f.systemSaid(t))
			ms = append(ms, m)
		}
	}
	return ms
}

// goodAnswer is an answer of the server for another name of AWS's.
func (f *facts) goodAnswer(s *server) *observation.Answer {
	for _, t := range f.direct() {
		if a := s.answerTo(t.Host); a != nil && s.outcome(t.Host).decisive() {
			return a
		}
	}
	if s.ControlHost != nil && len(s.ControlHost.Addresses) > 0 {
		return s.ControlHost
	}
	return nil
}

// elsewhereAnswered lists what the other nameservers and the VPC's resolver answer.
func (f *facts) elsewhereAnswered(but *server, host string) []string {
	var lines []string
	for _, s := range f.configured {
		if a := s.answerTo(host); s != but && a != nil {
			lines = append(lines, answered(s, host, a))
		}
	}
	if f.vpc != nil {
		if a := f.vpc.answerTo(host); a != nil {
			lines = append(lines, "the VPC's resolver "+answered(f.vpc, host, a))
		}
	}
	return lines
}

func describeNameFails(f *facts, ms []match) words {
	ts, ss := targetsOf(ms), serversOf(ms)
	var w words
	how := make(map[outcome]bool)
	validates := false
	for _, m := range ms {
		if m.suppressed {
			continue
		}
		how[m.server.outcome(m.target.Host)] = true
		validates = validates || m.server.unchecked(m.target.Host) != nil
	}
	gives := "gives no answer"
	switch {
	case len(how) > 1:
		gives = "gives no usable answer"
	case how[outcomeServFail]:
		gives = "answers SERVFAIL"
	case how[outcomeRefuses]:
		gives = "refuses to answer"
	}
	w.title = joinAnd(serverNames(ss)) + " " + gives + " for " + hostsOf(ts) + ", but answers for other names"
	if validates {
		w.title = joinAnd(serverNames(ss)) + " cannot validate the answer for " + hostsOf(ts) + " (DNSSEC): it has the address, but " + gives
	}
	for _, s := range ss {
		i := slices.IndexFunc(ms, func(m match) bool { return m.server == s && !m.suppressed })
		host := ms[i].target.Host
		w.checks = append(w.checks, f.ask(s, host))
		if s.unchecked(host) != nil {
			w.checks = append(w.checks, f.asked(f.digUnchecked(s.Address, host), s.unchecked(host)))
		}
		w.fix = append(w.fix, f.letAnswer(s, ts, validates)...)
	}
	return w
}

// letAnswer says what on the server may keep single names from being answered.
func (f *facts) letAnswer(s *server, ts []*target, validates bool) []string {
	names := everyHost(ts)
	switch {
	case isTailscale(s):
		return []string{f.tailscale(ts)}
	case validates && f.ownResolver(s):
		return []string{
			"correct the signatures (DS, RRSIG) of the zone that answers for " + names + ": the private hosted zone's servers, or those that a Route 53 Resolver rule forwards to",
			"turn off DNSSEC validation of the VPC (Route 53 Resolver, VPC's DNSSEC validation)",
		}
	case validates:
		return []string{
			"find out from the log of " + s.String() + " why the signatures are not valid: a trust anchor for a zone that is not signed, a zone of your own below a signed one, a forwarder that strips the signatures (RRSIG), or its clock",
			"until then, turn off validation for " + names + ": in unbound with domain-insecure, in BIND with `rndc nta` or validate-except, in dnsmasq by removing the trust-anchor of that zone",
		}
	case f.ownResolver(s):
		return []string{f.lookInVPC(s, ts, "lacks it")}
	}
	return []string{"find out what " + s.String() + " does differently with " + names + ": a conditional forwarder or a zone for it whose servers do not answer, a response policy, or a limit (its log names it)"}
}
