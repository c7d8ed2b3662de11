package diagnose

import (
	"slices"
	"strconv"
)

// Nameservers that do not return the private addresses.
const (
	DNSForwarderMissing  Code = "dns-forwarder-missing"
	DNSForwarderPartial  Code = "dns-forwarder-partial"
	DNSRebindFilter      Code = "dns-rebind-filter"
	DNSResolversDisagree Code = "dns-resolvers-disagree"
)

// dnsForwarderCauses are the causes that lie in how the nameservers forward AWS's
// names.
func dnsForwarderCauses() []cause {
	wrong := []Code{DNSNoNameserver, DNSNotAWS, DNSSinkhole}
	return []cause{
		{
			code: DNSRebindFilter, atMost: Error, restart: true, dependsOn: wrong,
			find: findRebindFilter, describe: describeRebindFilter,
			actions: (*facts).allowPrivateAnswers,
		},
		{
			code: DNSResolversDisagree, atMost: Error, restart: true, dependsOn: wrong,
			find:     func(f *facts) []match { x := f.forwarding(); return f.forwardMatches(x.disagree, x.others) },
			describe: describeResolversDisagree,
			actions:  (*facts).forwardZones,
		},
		{
			code: DNSForwarderMissing, atMost: Error, restart: true, dependsOn: wrong,
			find:     findForwarderMissing,
			describe: describeForwarderMissing,
			actions:  (*facts).forwardZones,
		},
		{
			code: DNSForwarderPartial, atMost: Error, restart: true, dependsOn: wrong,
			find:     func(f *facts) []match { x := f.forwarding(); return f.forwardMatches(x.partial, x.others) },
			describe: describeForwarderPartial,
			actions:  (*facts).forwardZones,
		},
	}
}

// findForwarderMissing also matches the names for which the VPC's resolver has public
// addresses and which do not exist elsewhere: one forwarder fixes both.
func findForwarderMissing(f *facts) []match {
	x := f.forwarding()
	if len(x.missing) == 0 {
		return nil
	}
	ms := f.forwardMatches(x.missing, x.others)
	for _, t := range f.direct() {
		if t.resolved.outcome == outcomeNXDomain && f.vpc.outcome(t.Host) == outcomePublic {
			ms = append(ms, match{target: t, effect: blocks, evidence: f.comparison(t.Host)})
		}
	}
	return ms
}

func findRebindFilter(f *facts) []match {
	x := f.forwarding()
	if len(x.filters) == 0 {
		return nil
	}
	ms := f.forwardMatches(x.filtered, x.others)
	for i := range ms {
		ms[i].server = x.filters[0]
		if ms[i].effect == blocks && ms[i].target.resolved.outcome.hasAddress() {
			ms[i].effect = affects // another server returned an address
		}
	}
	return ms
}

func describeRebindFilter(f *facts, ms []match) words {
	x := f.forwarding()
	ts := targetsOf(ms)
	domains := f.domains(ts)
	_, all := f.compared()
	w := words{
		title:  plural(len(x.filters), "nameserver ", "nameservers ") + joinAnd(serverNames(x.filters)) + plural(len(x.filters), " strips", " strip") + " private addresses from the answers",
		checks: f.confirmForward(x.filters, ts),
	}
	for _, s := range x.filters {
		if a := f.outside(s, all); a != nil {
			w.more = append(w.more, answered(s, a.Name, a)+": a public address in the same domain gets through")
			w.checks = append(w.checks, controls(f.askType(s, a.Name, a))...)
		}
	}
	if slices.ContainsFunc(x.filters, isTailscale) {
		w.fix = []string{f.tailscale(ts)}
		return w
	}
	w.fix = []string{"exempt " + joinAnd(domains) + " from the protection against DNS rebinding on " + joinAnd(serverNames(x.filters)) + ": " + f.exempt(domains)}
	return w
}

func describeResolversDisagree(f *facts, ms []match) words {
	ts := targetsOf(ms)
	wrong := f.wrongServers(ts)
	w := words{
		title:  "the nameservers disagree about " + subject(ts) + ": " + joinAnd(serverNames(wrong)) + plural(len(wrong), " does not return", " do not return") + " the private addresses",
		checks: f.confirmForward(f.configured, ts),
	}
	place, special := f.namedIn()
	for i, s := range f.configured {
		number := " is number " + strconv.Itoa(i+1) + " in " + place
		switch {
		case !slices.Contains(wrong, s):
		case i == 0:
			w.more = append(w.more, s.String()+" is the first in "+place+": every lookup asks it")
		case f.o.Node.Resolver.Rotate:
			w.more = append(w.more, s.String()+number+", where `options rotate` is set: lookups start with each server in turn, and so with this one as often as with the others")
		case f.linux():
			w.more = append(w.more, s.String()+number+": a lookup asks it if those before it do not answer in time, or with `options rotate`")
		default:
			w.more = append(w.more, s.String()+number+": a lookup asks it if those before it do not answer in time")
		}
	}
	for _, s := range wrong {
		w.fix = append(w.fix, f.makeForward(s, ts))
	}
	if slices.ContainsFunc(wrong, isTailscale) {
		return w // its client writes resolv.conf
	}
	out := "remove " + joinAnd(serverNames(wrong)) + " from " + place
	if !special {
		out += " (on EC2: from the DHCP option set)"
	}
	w.fix = append(w.fix, out)
	return w
}

func describeForwarderMissing(f *facts, ms []match) words {
	ts := targetsOf(ms)
	wrong := f.wrongServers(ts)
	w := words{
		title:  joinAnd(serverNames(wrong)) + plural(len(wrong), " does not forward ", " do not forward ") + joinAnd(f.domains(ts)) + " to the VPC's resolver: no private address for " + subject(ts),
		checks: f.confirmForward(wrong, ts),
	}
	if len(wrong) > 0 && every(wrong, f.ownResolver) {
		w.title = "the VPC's own resolver " + joinAnd(serverNames(wrong)) + " has no private address for " + subject(ts)
	}
	f.describeLegacy(&w, ms)
	f.forwardFix(&w, wrong, ts)
	return w
}

func describeForwarderPartial(f *facts, ms []match) words {
	ts := targetsOf(ms)
	wrong := f.wrongServers(ts)
	w := words{
		title:  joinAnd(serverNames(wrong)) + plural(len(wrong), " forwards", " forward") + " only some of AWS's names to the VPC's resolver: no private address for " + subject(ts),
		checks: f.confirmForward(wrong, ts),
	}
	for _, t := range f.direct() {
		if f.privateSomewhere(t.Host) {
			for _, s := range f.configured {
				if a := s.answerTo(t.Host); a != nil && s.outcome(t.Host) == outcomePrivate {
					w.more = append(w.more, answered(s, t.Host, a)+": this one is forwarded")
				}
			}
			break
		}
	}
	f.describeLegacy(&w, ms)
	f.forwardFix(&w, wrong, ts)
	w.fix = append(w.fix, "forward all of "+joinAnd(f.domains(ts))+", not single names, so that the next service is covered too")
	return w
}

// describeLegacy mentions an ec2messages with the same fault that the agent does not
// need, and that the finding does not list.
func (f *facts) describeLegacy(w *words, ms []match) {
	for _, m := range ms {
		if m.suppressed && m.target.needed && isEC2Messages(m.target) {
			w.more = append(w.more, "the same applies to "+m.target.Name+", which agents from 3.3.40.0 on do not need")
		}
	}
}

func (f *facts) forwardFix(w *words, wrong []*server, ts []*target) {
	for _, s := range wrong {
		w.fix = append(w.fix, f.makeForward(s, ts))
	}
	if f.ec2() && !slices.ContainsFunc(wrong, f.ownResolver) && !slices.ContainsFunc(wrong, isTailscale) {
		where := "the VPC's DHCP option set"
		if place, special := f.namedIn(); special {
			where = place
		}
		w.fix = append(w.fix, "use AmazonProvidedDNS ("+f.vpcPlusTwo()+") in "+where)
	}
}

// makeForward says how a server that returns no private address for the targets comes to
// return one: it forwards to a server that does. The VPC's own resolver is the one to
// forward to, and takes zones and rules instead of a forwarder. A server behind a stub
// is not told to forward to itself.
func (f *facts) makeForward(s *server, ts []*target) string {
	domains := joinAnd(f.domains(ts))
	if f.ownResolver(s) {
		return f.givePrivateNames(s, ts)
	}
	if isTailscale(s) {
		return f.tailscale(ts)
	}
	if !s.Address.Addr().IsLoopback() {
		return "make " + s.String() + " forward " + domains + " (a conditional forwarder) to " + f.forwardTo(s)
	}
	who := "the resolver at " + s.String()
	behind := filter(f.behind, func(b *server) bool {
		return !f.ownResolver(b) && (f.vpc == nil || !f.sameResolver(f.vpc, b))
	})
	switch {
	case len(f.behind) == 0:
		who += ", or the servers behind it (" + f.behindNames() + "),"
	case len(behind) > 0:
		who += ", or the servers behind it (" + joinAnd(serverNames(behind)) + "),"
	}
	return "make " + who + " forward " + domains + " to " + f.forwardTo(s)
}

// givePrivateNames says how the VPC's own resolver comes to know private names.
func (f *facts) givePrivateNames(s *server, ts []*target) string {
	steps := "turn on the private DNS names of the interface endpoints for " + f.endpointServices(ts) + ", or associate the private hosted zone that contains them with " + f.vpcName("the VPC")
	if f.vpc != nil && f.vpc.Given && !f.sameResolver(f.vpc, s) {
		steps += ", or with a Route 53 Resolver rule for " + joinAnd(f.domains(ts)) + " that sends them to " + f.vpc.String()
	}
	return steps + ": " + s.String() + " is the VPC's own resolver, and returns no private address"
}

// confirmForward asks the nameservers and the VPC's resolver the same question.
func (f *facts) confirmForward(ss []*server, ts []*target) []Check {
	if len(ts) == 0 {
		return nil
	}
	var all []Check
	for _, s := range ss[:min(len(ss), 2)] {
		all = append(all, f.ask(s, ts[0].Host))
	}
	if f.vpc == nil {
		return all
	}
	c := f.ask(f.vpc, ts[0].Host)
	c.Control = f.vpc.outcome(ts[0].Host) == outcomePrivate
	return append(all, c)
}
