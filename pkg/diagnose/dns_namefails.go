package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// dnsNameFails is the cause of single names for which a nameserver that answers
// for others gives no answer to use.
func dnsNameFails() cause {
	return cause{
		code: DNSNameFails, atMost: Error, restart: true, explainedBy: []Code{DNSNoNameserver, VPCResolverSilent, DNSTCPBlocked},
		find: findNameFails, tell: tellNameFails,
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
	for _, s := range f.counting {
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
	if s.Outside != nil && len(s.Outside.Addresses) > 0 {
		return s.Outside
	}
	return nil
}

// elsewhereAnswered is what the other servers and the VPC's resolver say.
func (f *facts) elsewhereAnswered(but *server, host string) []string {
	var lines []string
	for _, s := range f.counting {
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

func tellNameFails(f *facts, ms []match) words {
	ts, ss := targetsOf(ms), serversOf(ms)
	var w words
	how := make(map[outcome]bool)
	validates := false
	for _, m := range ms {
		if m.quiet {
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
	w.title = list(serverNames(ss)) + " " + gives + " for " + hostsOf(ts) + ", and answers for other names"
	if validates {
		w.title = list(serverNames(ss)) + " cannot validate the answer for " + hostsOf(ts) + " (DNSSEC): it has the address, and " + gives
	}
	for _, s := range ss {
		i := slices.IndexFunc(ms, func(m match) bool { return m.server == s && !m.quiet })
		host := ms[i].target.Host
		w.confirm = append(w.confirm, f.dig(s.Address, host))
		if s.unchecked(host) != nil {
			w.confirm = append(w.confirm, f.dig(s.Address, host)+f.cdOption())
		}
		w.fix = append(w.fix, f.letAnswer(s, ts, validates)...)
	}
	return w
}

func (f *facts) cdOption() string {
	if f.windows() {
		return " -DnssecCd"
	}
	return " +cd"
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
