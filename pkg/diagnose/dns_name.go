package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Names that do not resolve.
const (
	DNSNameFails   Code = "dns-name-fails"
	DNSNameMissing Code = "dns-name-missing"
	DNSNoAddress   Code = "dns-no-address"
)

// dnsNameCauses are the causes of names without an address that nothing more
// precise explains.
func dnsNameCauses() []cause {
	precise := []Code{
		DNSNoNameserver, DNSServerSilent, DNSServerRefuses, DNSServerFails, VPCResolverSilent, DNSForwarderBroken,
		DNSNameFails, DNSRebindFilter, DNSResolversDisagree, DNSForwarderMissing, DNSForwarderPartial, DNSTCPBlocked,
	}
	return []cause{
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

// unresolved are the targets whose name came to the outcome.
func (f *facts) unresolved(o outcome) []match {
	var ms []match
	for _, t := range f.direct() {
		if t.resolved.outcome != o {
			continue
		}
		evidence := f.comparison(t.Host)
		if t.lookup != nil && t.lookup.Failure != nil {
			evidence = append(evidence, lookedUp(t.lookup))
		}
		evidence = append(evidence, f.completed(t)...)
		ms = append(ms, match{target: t, effect: blocks, evidence: evidence})
	}
	return ms
}

func (f *facts) confirmNames(ts []*target) []Check {
	var all []Check
	for i, t := range ts {
		if i == 2 {
			break
		}
		if len(f.configured) == 0 {
			all = append(all, f.system(t))
			continue
		}
		all = append(all, f.ask(f.configured[0], t.Host))
	}
	if len(f.configured) == 0 {
		return all
	}
	for _, t := range f.direct() { // what the same nameserver knows
		if f.configured[0].outcome(t.Host).hasAddress() && !slices.Contains(ts, t) {
			return append(all, controls(f.ask(f.configured[0], t.Host))...)
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
		// The system says so much of a name that exists without an address too.
		w.title = "the system's own lookup finds no address for " + hostsOf(ts)
	}
	if f.o.Plan.RegionNote != "" {
		w.more = append(w.more, "the Region "+f.o.Plan.Region+" ("+f.o.Plan.RegionFrom+"): "+f.o.Plan.RegionNote)
		w.fix = append(w.fix, "see that the Region is spelt right: "+f.o.Plan.Region)
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
		when = "where the name is right: "
	}
	if who := f.ownServers(); who != "" {
		w.fix = append(w.fix, when+"look for a zone "+joinAnd(f.domains(ts))+" on "+who+" that lacks the name, and remove it or forward the domain")
	}
	if s := f.vpcSays(ts, outcomeNXDomain); s != nil {
		w.fix = append(w.fix, when+f.lookInVPC(s, ts, "lacks the name"))
	}
	return w
}

// ownServers names the nameservers that are one's own, and so have zones and
// forwarders to look at; "" where only the VPC's resolver is configured.
func (f *facts) ownServers() string {
	if len(f.configured) == 0 {
		return "the nameserver"
	}
	return joinAnd(serverNames(slices.DeleteFunc(slices.Clone(f.configured), f.ownResolver)))
}

// vpcSays is the resolver that knows the VPC's names, where one of the outcomes
// is its own answer for one of the targets, else nil. What it says comes from the
// VPC.
func (f *facts) vpcSays(ts []*target, outcomes ...outcome) *server {
	known := slices.DeleteFunc(slices.Clone(f.configured), func(s *server) bool { return !f.ownResolver(s) })
	if f.vpc != nil {
		known = append(known, f.vpc)
	}
	for _, s := range known {
		if slices.ContainsFunc(ts, func(t *target) bool { return slices.Contains(outcomes, s.outcome(t.Host)) }) {
			return s
		}
	}
	return nil
}

// lookInVPC says what of one's own makes the VPC's resolver give no address for
// a name that AWS has. It has no zones or forwarders that can be looked at on it.
func (f *facts) lookInVPC(s *server, ts []*target, lack string) string {
	who := " is the VPC's own resolver"
	if !f.ownResolver(s) {
		who = " answers for the VPC"
	}
	domains := joinAnd(f.domains(ts))
	return "look for a rule of Route 53 Resolver DNS Firewall that blocks " + everyHost(ts) +
		", for a private hosted zone of " + domains + " or below it that is associated with the VPC and " + lack +
		", and for a Route 53 Resolver rule for " + domains + " that forwards to servers without it: " + s.String() + who
}

func describeNoAddress(f *facts, ms []match) words {
	ts := targetsOf(ms)
	w := words{
		title:  "the nameservers give no address for " + hostsOf(ts),
		checks: f.confirmNames(ts),
	}
	if f.describeAliases(&w, ts) {
		return w
	}
	if who := f.ownServers(); who != "" {
		w.fix = append(w.fix, "see what "+who+" does with "+joinAnd(f.domains(ts))+": a filter that strips private addresses, a response policy, or a zone without the record")
	}
	if s := f.vpcSays(ts, outcomeEmpty); s != nil {
		w.fix = append(w.fix, f.lookInVPC(s, ts, "lacks its address"))
	}
	if f.vpc == nil {
		w.fix = append(w.fix, "run this again with --vpc-resolver and the address of the Route 53 Resolver inbound endpoint: it shows whether private addresses are stripped")
	}
	return w
}

// describeAliases describes aliases that lead to no address, where that is what is
// wrong with every one of the names.
func (f *facts) describeAliases(w *words, ts []*target) bool {
	var wrong []*server
	how := "lead in a circle"
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
	w.fix = []string{"correct the alias records (CNAME) of " + everyHost(ts) + " on " + at + ", or on the server that it takes them from"}
	return true
}

func (f *facts) nameservers() string {
	if len(f.configured) == 0 {
		return "the nameserver"
	}
	return joinAnd(serverNames(f.configured))
}

// hostsOf names the hosts of targets, each once.
func hostsOf(ts []*target) string { return joinMax(hosts(ts), 2) }

// everyHost is hostsOf for a cure: who opens a firewall must know them all. An
// "and 7 more" cannot be acted on.
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

// dnsNameFails is the cause of single names for which a nameserver that answers
// for others gives no answer to use.
func dnsNameFails() cause {
	return cause{
		code: DNSNameFails, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver, VPCResolverSilent, DNSTCPBlocked},
		find: findNameFails, describe: describeNameFails,
	}
}

// unchecked is the server's good answer for a host with checking disabled, nil
// where it has none.
func (s *server) unchecked(host string) *observation.Answer {
	i := slices.IndexFunc(s.Unchecked, func(a observation.Answer) bool { return sameName(a.Name, host) && len(a.Addresses) > 0 })
	if i < 0 {
		return nil
	}
	return &s.Unchecked[i]
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
				continue // lost packets: the system asked it as well, and got its answer
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
			m.evidence = append(m.evidence, f.elsewhereAnswered(s, t.Host)...)
			if t.lookup != nil && t.lookup.Failure != nil {
				m.evidence = append(m.evidence, lookedUp(t.lookup))
			}
			m.evidence = append(m.evidence, f.completed(t)...)
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

// elsewhereAnswered is what the other servers and the VPC's resolver say.
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
		gives = "gives no answer to use"
	case how[outcomeServFail]:
		gives = "answers SERVFAIL"
	case how[outcomeRefuses]:
		gives = "refuses to answer"
	}
	w.title = joinAnd(serverNames(ss)) + " " + gives + " for " + hostsOf(ts) + ", and answers for other names"
	if validates {
		w.title = joinAnd(serverNames(ss)) + " cannot validate the answer for " + hostsOf(ts) + " (DNSSEC): it has the address, and " + gives
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

// letAnswer says what on the server keeps single names from being answered.
func (f *facts) letAnswer(s *server, ts []*target, validates bool) []string {
	names := everyHost(ts)
	switch {
	case isTailscale(s):
		return []string{f.tailscale(ts)}
	case validates && f.ownResolver(s):
		return []string{
			"correct the signatures (DS, RRSIG) of the zone that answers for " + names + ": the private hosted zone's servers, or those that a Route 53 Resolver rule forwards it to",
			"or turn off DNSSEC validation of the VPC (Route 53 Resolver, VPC's DNSSEC validation)",
		}
	case validates:
		return []string{
			"see in the log of " + s.String() + " why the signatures do not hold: a trust anchor for a zone that is not signed, a zone of your own below a signed one, a forwarder that leaves the signatures (RRSIG) out, or its clock",
			"until then turn validation off for " + names + ": in unbound with domain-insecure, in BIND with `rndc nta` or validate-except, in dnsmasq by removing the trust-anchor of that zone",
		}
	case f.ownResolver(s):
		return []string{f.lookInVPC(s, ts, "lacks it")}
	}
	return []string{"see what " + s.String() + " does with " + names + " and not with the others: a conditional forwarder or a zone for it whose servers do not answer, a response policy, or a limit (its log names it)"}
}
