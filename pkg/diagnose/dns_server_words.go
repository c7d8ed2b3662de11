package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The words of the causes of nameservers.

func describeVPCResolverSilent(f *facts, ms []match) words {
	v := f.vpc.String()
	w := words{title: "the VPC's resolver " + v + " does not answer"}
	host := ""
	if d := f.direct(); len(d) > 0 {
		host = d[0].Host
		w.checks = []Check{f.ask(f.vpc, host)}
		if len(targetsOf(ms)) > 0 {
			for _, s := range f.forwarders() {
				w.checks = append(w.checks, f.ask(s, host))
				if s.ControlQuery != nil && s.ControlQuery.Rcode == "NOERROR" {
					w.checks = append(w.checks, controls(f.askControl(s))...)
				}
			}
		}
	}
	if f.ownResolver(f.vpc) {
		w.fix = []string{
			"turn on DNS support of the VPC (enableDnsSupport)",
			"let no packet filter of this node drop UDP and TCP port 53 to " + v,
		}
		return w
	}
	w.fix = []string{
		"allow UDP and TCP port 53 in the inbound endpoint's security group, from " + f.source(nil) + " and from the nameservers that forward to it",
		"see that there is a route from here to " + v + " (VPN, Direct Connect, peering), and back",
		"see that " + v + " is an address of a Route 53 Resolver inbound endpoint",
	}
	return w
}

func describeServerSilent(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{
		title:  plural(len(ss), "nameserver ", "nameservers ") + joinAnd(serverNames(ss)) + plural(len(ss), " does not answer", " do not answer") + f.inPlace(ss),
		checks: f.confirmServers(ms),
	}
	impatient, own := f.impatient(), false
	var upstream []Check
	if impatient {
		w.more = append(w.more, f.optionLines()...)
	}
	if t := targetsOf(ms); len(t) > 0 && t[0].lookup != nil && t[0].lookup.Failure != nil && t[0].resolved.outcome.hasAddress() {
		w.more = append(w.more, lookedUp(t[0].lookup)+" (it asks one nameserver after another)")
	}
	if well := serverNames(f.answeringAll()); len(well) > 0 {
		w.more = append(w.more, joinAnd(well)+plural(len(well), " answers", " answer")+" all of them")
	}
	for _, s := range ss {
		udpOnly := s.OverTCP != nil && s.OverTCP.Rcode != ""
		switch {
		case isTailscale(s):
			w.fix = append(w.fix, f.tailscale(targetsOf(ms)))
		case f.sends(s) == sendsGarbage:
			w.fix = append(w.fix, "see what runs on port 53 of "+s.String()+", and whether a box on the way changes what it sends (a firewall that looks into DNS): packets come back, and none is an answer to the question")
		case f.ownResolver(s) && (udpOnly || f.sends(s) == sendsRejections):
			w.fix = append(w.fix, f.letThrough("UDP port 53", s))
		case f.ownResolver(s):
			w.fix = append(w.fix, "turn on DNS support of the VPC (enableDnsSupport): its resolver "+s.String()+" does not answer")
		case s.Address.Addr().IsLoopback() && f.sends(s) == sendsNothing && len(f.behind) > 0:
			w.title += ": it runs, and waits for " + f.behindNames() + " behind it"
			for _, b := range f.behind {
				upstream = append(upstream, f.askControl(b))
			}
			w.fix = append(w.fix, "see that "+f.behindNames()+", which "+s.String()+" asks, "+plural(len(f.behind), "runs", "run")+", and allow UDP and TCP port 53 from "+f.source(nil)+" to it (security groups, network ACLs, firewalls)")
			own = true
		case s.Address.Addr().IsLoopback():
			w.fix = append(w.fix, "start the resolver on this node that listens at "+s.String()+" (systemd-resolved, dnsmasq …), and look at what stands behind it: "+f.behindNames())
		case udpOnly:
			w.fix = append(w.fix, "allow UDP port 53 from "+f.source(nil)+" to "+s.String()+": over TCP it answers")
		case f.sends(s) == sendsRejections:
			w.fix = append(w.fix, "start the DNS service of "+s.String()+", and let it listen at that address: its port 53 is closed (ICMP port unreachable comes back). Where it does listen, a firewall rejects the packets of "+f.source(nil))
		default:
			w.fix = append(w.fix, "see that the nameserver at "+s.String()+" runs, and allow UDP and TCP port 53 from "+f.source(nil)+" to it (security groups, network ACLs, firewalls)")
			own = true
		}
	}
	w.checks = append(upstream, w.checks...)
	if own {
		w.fix = append(w.fix, f.ownFirewall("UDP and TCP port 53"))
	}
	w.fix = append(w.fix, f.anotherServer(ss))
	if impatient {
		w.fix = append(w.fix, "or let this system wait longer, if the answers are only slow: "+f.writeOption("timeout", "5"))
	}
	return w
}

// answeringAll are the configured nameservers that answer every question.
func (f *facts) answeringAll() []*server {
	var well []*server
	for _, s := range f.configured {
		asked, answered := 0, 0
		for _, t := range f.direct() {
			if s.answerTo(t.Host) != nil {
				asked++
			}
			if s.outcome(t.Host).decisive() {
				answered++
			}
		}
		if asked > 0 && asked == answered {
			well = append(well, s)
		}
	}
	return well
}

// A sending is what a server that gives no answer sends back all the same. The
// zero value: nothing.
type sending int

const (
	sendsNothing sending = iota
	// sendsRejections: ICMP says that nobody listens on the port.
	sendsRejections
	// sendsGarbage: packets that answer no question.
	sendsGarbage
)

func (f *facts) sends(s *server) sending {
	asked := []*observation.Answer{s.ControlQuery, s.ControlHost}
	for _, t := range f.direct() {
		asked = append(asked, s.answerTo(t.Host))
	}
	out := sendsNothing
	for _, a := range asked {
		switch {
		case a == nil:
		case a.Failure.Of(observation.KindMalformed):
			return sendsGarbage
		case a.Failure.Of(observation.KindConnectionRefused):
			out = sendsRejections
		}
	}
	return out
}

// inPlace says what comes from the servers in place of an answer, where that is
// the same of them all.
func (f *facts) inPlace(ss []*server) string {
	for _, s := range ss {
		if f.sends(s) != f.sends(ss[0]) {
			return ""
		}
	}
	switch {
	case len(ss) == 0:
	case f.sends(ss[0]) == sendsRejections:
		return plural(len(ss), ": its port 53 is closed", ": their port 53 is closed")
	case f.sends(ss[0]) == sendsGarbage:
		return plural(len(ss), ": what it sends is no answer", ": what they send is no answer")
	}
	return ""
}

func (f *facts) behindNames() string {
	if len(f.behind) == 0 {
		return "the servers that it is configured with"
	}
	return joinAnd(serverNames(f.behind))
}

func describeServerRefuses(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{
		title:  plural(len(ss), "nameserver ", "nameservers ") + joinAnd(serverNames(ss)) + plural(len(ss), " refuses", " refuse") + " to answer",
		checks: f.confirmServers(ms),
	}
	w.fix = f.fixServers(ms, func(s *server) string {
		return "let " + s.String() + " serve " + f.source(nil) + ", with recursion (BIND: allow-query and allow-recursion; unbound: access-control; Windows DNS: do not disable recursion)"
	})
	return w
}

// fixServers are the steps for nameservers that refuse or fail: fix gives that of one
// whose own configuration can be at fault; the last step is another nameserver.
func (f *facts) fixServers(ms []match, fix func(*server) string) []string {
	ss := serversOf(ms)
	var steps []string
	for _, s := range ss {
		switch {
		case f.ownResolver(s):
			steps = append(steps, f.resolverRule(s, "all names (.)"))
		case isTailscale(s):
			steps = append(steps, f.tailscale(targetsOf(ms)))
		default:
			steps = append(steps, fix(s))
		}
	}
	return append(steps, f.anotherServer(ss))
}

func describeServerFails(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{
		title:  plural(len(ss), "nameserver ", "nameservers ") + joinAnd(serverNames(ss)) + plural(len(ss), " answers", " answer") + " SERVFAIL to everything",
		checks: f.confirmServers(ms),
	}
	silent := slices.DeleteFunc(slices.Clone(f.behind), func(b *server) bool { return f.condition(b) != conditionSilent })
	stub := slices.ContainsFunc(ss, func(s *server) bool { return s.Address.Addr().IsLoopback() })
	if stub && len(silent) > 0 {
		w.title += ": " + joinAnd(serverNames(silent)) + " behind it" + plural(len(silent), " does not answer", " do not answer")
		for _, b := range silent {
			w.checks = append([]Check{f.askControl(b)}, w.checks...)
		}
	}
	w.fix = f.fixServers(ms, func(s *server) string {
		switch {
		case s.Address.Addr().IsLoopback() && len(silent) > 0:
			return "see that " + joinAnd(serverNames(silent)) + ", which " + s.String() + " asks, " + plural(len(silent), "runs", "run") + ", and allow UDP and TCP port 53 from " + f.source(nil) + " to " + plural(len(silent), "it", "them") + " (security groups, network ACLs, firewalls)"
		case s.Address.Addr().IsLoopback():
			return "see that the servers behind " + s.String() + " answer: " + f.behindNames()
		}
		return "see that " + s.String() + " reaches the servers that it asks itself: its forwarders, or the root servers (its own log names them)"
	})
	return w
}

func describeForwarderBroken(f *facts, ms []match) words {
	ss := serversOf(ms)
	ts := targetsOf(ms)
	domains := joinAnd(f.domains(ts))
	w := words{
		title:  plural(len(ss), "nameserver ", "nameservers ") + joinAnd(serverNames(ss)) + plural(len(ss), " works", " work") + ", and cannot look up anything under " + domains,
		checks: f.confirmServers(ms),
	}
	own := true
	for _, s := range ss {
		if f.ownResolver(s) {
			w.fix = append(w.fix, f.resolverRule(s, domains))
			continue
		}
		if isTailscale(s) {
			w.fix = append(w.fix, f.tailscale(ts))
			continue // its settings say where it forwards to
		}
		own = false
		w.fix = append(w.fix, "see where "+s.String()+" forwards "+domains+" to, and that it answers there over UDP and TCP port 53: it should be "+f.forwardTo(s))
	}
	if f.vpc != nil && f.condition(f.vpc) == conditionSilent {
		w.more = append(w.more, f.serverEvidence(f.vpc)...)
		if f.ownResolver(f.vpc) {
			w.fix = append(w.fix, "turn on DNS support of the VPC (enableDnsSupport), if it is off: "+f.vpc.String()+" does not answer this node either")
		}
	}
	if own {
		return w
	}
	w.fix = append(w.fix, "where it is a Route 53 Resolver inbound endpoint: its security group must allow UDP and TCP port 53 from the forwarding nameserver")
	return w
}

// String says it as a predicate of the server.
func (c condition) String() string {
	switch c {
	case conditionAnswers:
		return "answers"
	case conditionSilent:
		return "does not answer"
	case conditionRefuses:
		return "refuses"
	case conditionFails:
		return "answers SERVFAIL"
	case conditionForwarder:
		return "answers, and for no name of AWS's"
	case conditionOnlyUDP:
		return "answers over UDP, and not over TCP, which this system uses"
	case conditionNoRoute:
		return "cannot be reached: there is no route to it"
	case conditionDiverted:
		return "cannot be reached: the routing table leads past it"
	case conditionLocal:
		return "cannot be asked: this node's own packet filter refuses"
	}
	return "was not asked"
}
