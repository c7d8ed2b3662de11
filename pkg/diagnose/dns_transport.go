package diagnose

import (
	"cmp"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// How queries and answers travel.
const (
	DNSTCPBlocked     Code = "dns-tcp-blocked"
	DNSSlow           Code = "dns-slow"
	DNSIPv6Unroutable Code = "dns-ipv6-unroutable"
)

// dnsTransportCauses are the causes that concern how answers arrive.
func dnsTransportCauses() []cause {
	return []cause{
		{
			code: DNSTCPBlocked, atMost: Error, restart: true, dependsOn: []Code{DNSNoNameserver},
			find: findTCPBlocked, describe: describeTCPBlocked,
		},
		{
			code: DNSSlow, atMost: Warning,
			find: findSlow, describe: describeSlow,
		},
		{
			code: DNSIPv6Unroutable, atMost: Error, restart: true, dependsOn: []Code{DNSHostsOverride, DNSSearchList, DNSSinkhole, DNSNotAWS},
			find: findIPv6Unroutable, describe: describeIPv6Unroutable,
		},
	}
}

func findTCPBlocked(f *facts) []match {
	var ms []match
	for _, s := range f.configured {
		for _, t := range f.direct() {
			a := s.answerTo(t.Host)
			if a == nil || !a.Truncated || s.outcome(t.Host) != outcomeSilent || f.refusedQuestion(s, a).sign != signNone {
				continue
			}
			ms = append(ms, match{
				target: t, server: s, effect: f.effectOf(t),
				evidence: []string{s.String() + ": " + t.Host + ": truncated over UDP, and " + answer(a)},
			})
		}
	}
	for _, m := range f.lookups(conditionOnlyUDP) {
		m.evidence = append(f.optionLines(), m.evidence...)
		ms = append(ms, m)
	}
	return ms
}

// confirmOverTCP asks each server of the matches over TCP for one of the names.
func (f *facts) confirmOverTCP(ms []match) []Check {
	var all []Check
	for _, s := range serversOf(ms) {
		i := slices.IndexFunc(ms, func(m match) bool { return m.server == s })
		host := ms[i].target.Host
		all = append(all, f.asked(f.digOverTCP(s.Address, host), f.overTCP(s, host)))
		if replied(s.OverUDP) || s.outcome(host).hasAddress() {
			all = append(all, controls(f.asked(f.dig(s.Address, host), cmp.Or(s.OverUDP, s.answerTo(host))))...)
		}
	}
	return all
}

func describeTCPBlocked(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{title: joinAnd(serverNames(ss)) + plural(len(ss), " answers", " answer") + " over UDP only: TCP port 53 does not answer"}
	w.checks = f.confirmOverTCP(ms)
	for _, s := range ss {
		if f.ownResolver(s) {
			w.fix = append(w.fix, f.letThrough("TCP port 53", s))
			continue
		}
		w.fix = append(w.fix, "allow TCP port 53 from "+f.source(nil)+" to "+s.String()+", in addition to UDP (security groups, network ACLs, firewalls)")
	}
	if f.linux() && slices.ContainsFunc(ss, func(s *server) bool { return f.condition(s) == conditionOnlyUDP }) {
		w.fix = append(w.fix, "remove the option that makes this system use TCP only (use-vc, usevc, tcp) from "+f.resolverFile()+f.whereSet()+": it answers over UDP")
	}
	return w
}

const slowLookup = observation.Elapsed(1e9)

// findSlow requires half of a server's names to be slow: one lost packet makes one
// lookup slow, and is not a fault.
func findSlow(f *facts) []match {
	var ms []match
	for _, s := range f.configured {
		var slow []match
		names, slowNames := make(map[string]bool), make(map[string]bool)
		for _, t := range f.direct() {
			if !s.outcome(t.Host).decisive() {
				continue
			}
			names[hostKey(t.Host)] = true
			if a := f.slowAnswer(s, t); a != nil {
				slowNames[hostKey(t.Host)] = true
				slow = append(slow, match{target: t, server: s, effect: affects, evidence: []string{answered(s, t.Host+" "+a.Type, a)}})
			}
		}
		if 2*len(slowNames) >= len(names) {
			ms = append(ms, slow...)
		}
	}
	return ms
}

// slowAnswer is an answer for which a lookup of the target's name waits too long, as
// lookups wait for both address families. nil: none.
func (f *facts) slowAnswer(s *server, t *target) *observation.Answer {
	for _, a := range s.both(t.Host) {
		if a.Truncated || isUndecided(a.Failure) || a.Failure != nil && a.Rcode == "" && !a.Failure.Of(observation.KindTimeout) {
			continue
		}
		there := 3 * connectTime(t)
		// A starved process is late not only by its pauses, but also by many short
		// delays that nobody counts. As much again is not blamed on the nameserver.
		if a.Elapsed <= slowLookup+f.o.Paused || a.Elapsed <= there {
			continue
		}
		// An answer soon after the query was repeated shows that the first packet
		// was lost.
		again := min(slowLookup, f.o.Plan.Timeout/3)
		if a.Rcode != "" && a.Sent > 1 && a.Elapsed <= again+max(there, soonAfter) {
			continue
		}
		return a
	}
	return nil
}

// soonAfter is how soon an answer follows a query if nothing better is known.
const soonAfter = observation.Elapsed(100e6)

// connectTime is the fastest round trip to the target, or 0 if none is known.
func connectTime(t *target) observation.Elapsed {
	var least observation.Elapsed
	for _, w := range t.paths {
		if c := w.stages.Connect; w.connected() && c != nil && (least == 0 || c.Elapsed < least) {
			least = c.Elapsed
		}
	}
	return least
}

func describeSlow(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{title: "lookups at " + joinAnd(serverNames(ss)) + " take longer than a second"}
	for _, m := range ms {
		if a := f.slowAnswer(m.server, m.target); a != nil && len(w.checks) < 2 {
			w.checks = append(w.checks, f.slowQuestion(m.server, m.target.Host, a))
		}
	}
	for _, s := range ss {
		if f.ownResolver(s) {
			w.fix = append(w.fix,
				s.String()+" is the VPC's own resolver: look for a Route 53 Resolver rule for "+joinAnd(f.domains(targetsOf(ms)))+" whose first targets do not answer",
				"send fewer queries, with a cache on this node: the VPC's resolver drops whatever exceeds 1024 packets per second from one network interface")
			continue
		}
		w.fix = append(w.fix, "find out which server "+s.String()+" waits for: the first forwarder in its list may not answer, or a filter on the path may drop some queries (for AAAA records, say)")
	}
	return w
}

func findIPv6Unroutable(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if len(t.paths) > 0 && every(t.paths, func(w *path) bool { return w.addr.Is6() && (w.noRoute || w.failure.Of(observation.KindNoFamily)) }) {
			ms = append(ms, match{target: t, path: t.paths[len(t.paths)-1], effect: blocks, evidence: append(f.families(t), linesOf(t.paths)...)})
		}
	}
	return ms
}

// families lists what the nameservers answer to both queries for the target's name: one
// answer alone does not show that the other is missing.
func (f *facts) families(t *target) []string {
	var lines []string
	for _, s := range f.configured {
		for _, a := range s.both(t.Host) {
			lines = append(lines, answered(s, t.Host+" "+a.Type, a))
		}
	}
	return lines
}

func (f *facts) confirmIPv6(t *target) []Check {
	if len(f.configured) == 0 {
		return []Check{f.system(t)}
	}
	s := f.configured[0]
	pair := s.answers[hostKey(t.Host)]
	return []Check{f.asked(f.digType(s.Address, t.Host, "A"), pair.a), f.asked(f.digType(s.Address, t.Host, "AAAA"), pair.aaaa)}
}

func describeIPv6Unroutable(f *facts, ms []match) words {
	ts := targetsOf(ms)
	give := "give the node an IPv6 address, and its network a route to IPv6 addresses"
	if f.ec2() {
		give = "give the node an IPv6 address and its subnet an IPv6 route (::/0 to an egress-only internet gateway, or to the endpoints)"
	}
	return words{
		title:  hostsOf(ts) + plural(len(ts), " has", " have") + " only IPv6 addresses, but this node has no IPv6 route",
		checks: append(f.confirmIPv6(ts[0]), f.noRouteTo(ms[0].path.addr)),
		fix: []string{
			give,
			"let the nameserver return A records for " + everyHost(ts),
		},
	}
}
