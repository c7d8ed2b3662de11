package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Words for the causes that concern nameservers.

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
			"let no packet filter on this node drop UDP and TCP port 53 to " + v,
		}
		return w
	}
	w.fix = []string{
		"allow UDP and TCP port 53 in the inbound endpoint's security group, from " + f.source(nil) + " and from the nameservers that forward to it",
		"check that there is a route from here to " + v + " (VPN, Direct Connect, peering) and back",
		"check that " + v + " is an address of a Route 53 Resolver inbound endpoint",
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
		w.more = append(w.more, joinAnd(well)+plural(len(well), " answers", " answer")+" every query")
	}
	for _, s := range ss {
		udpOnly := replied(s.OverTCP)
		switch {
		case isTailscale(s):
			w.fix = append(w.fix, f.tailscale(targetsOf(ms)))
		case f.sends(s) == sendsGarbage:
			w.fix = append(w.fix, "find out what runs on port 53 of "+s.String()+", and whether a middlebox on the path alters its packets (a firewall that inspects DNS): packets come back, but none answers the question")
		case f.ownResolver(s) && (udpOnly || f.sends(s) == sendsRejections):
			w.fix = append(w.fix, f.letThrough("UDP port 53", s))
		case f.ownResolver(s):
			w.fix = append(w.fix, "turn on DNS support of the VPC (enableDnsSupport): its resolver "+s.String()+" does not answer")
		case s.Address.Addr().IsLoopback() && f.sends(s) == sendsNothing && len(f.behind) > 0:
			w.title += ": it is running, and waits for its upstream " + f.behindNames()
			for _, b := range f.behind {
				upstream = append(upstream, f.askControl(b))
			}
			w.fix = append(w.fix, "check that "+f.behindNames()+", which "+s.String()+" asks, "+plural(len(f.behind), "runs", "run")+", and allow UDP and TCP port 53 from "+f.source(nil)+" to it (security groups, network ACLs, firewalls)")
			own = true
		case s.Address.Addr().IsLoopback():
			w.fix = append(w.fix, "start the resolver on this node that listens at "+s.String()+" (systemd-resolved, dnsmasq …), and check its upstream servers: "+f.behindNames())
		case udpOnly:
			w.fix = append(w.fix, "allow UDP port 53 from "+f.source(nil)+" to "+s.String()+": it answers over TCP")
		case f.sends(s) == sendsRejections:
			w.fix = append(w.fix, "start the DNS service of "+s.String()+", and let it listen at that address: its port 53 is closed (ICMP port unreachable comes back). If it does listen, a firewall rejects the packets from "+f.source(nil))
		default:
			w.fix = append(w.fix, "check that the nameserver at "+s.String()+" runs, and allow UDP and TCP port 53 from "+f.source(nil)+" to it (security groups, network ACLs, firewalls)")
			own = true
		}
	}
	w.checks = append(upstream, w.checks...)
	if own {
		w.fix = append(w.fix, f.ownFirewall("UDP and TCP port 53"))
	}
	w.fix = append(w.fix, f.anotherServer(ss))
	if impatient {
		w.fix = append(w.fix, "let this system wait longer, if the answers are merely slow: "+f.writeOption("timeout", "5"))
	}
	return w
}

// answeringAll are the configured nameservers that answer every query.
func (f *facts) answeringAll() []*server {
	return filter(f.configured, func(s *server) bool {
		asked := filter(f.direct(), func(t *target) bool { return s.answerTo(t.Host) != nil })
		return len(asked) > 0 && every(asked, func(t *target) bool { return s.outcome(t.Host).decisive() })
	})
}

// A sending is what a server sends that gives no answer. The zero value: nothing.
type sending int

const (
	sendsNothing sending = iota
	// sendsRejections: ICMP says that nothing listens on the port.
	sendsRejections
	// sendsGarbage: packets that answer no query.
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

// inPlace says what the servers send instead of an answer, if all of them send the same.
func (f *facts) inPlace(ss []*server) string {
	alike := func(what sending) bool {
		return len(ss) > 0 && every(ss, func(s *server) bool { return f.sends(s) == what })
	}
	switch {
	case alike(sendsRejections):
		return plural(len(ss), ": its port 53 is closed", ": their port 53 is closed")
	case alike(sendsGarbage):
		return plural(len(ss), ": what it sends is not an answer", ": what they send is not an answer")
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

// fixServers are the steps for nameservers that refuse or fail. fix returns the step for
// a server whose own configuration may be at fault; the last step is to use another
// nameserver.
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
	silent := filter(f.behind, func(b *server) bool { return f.condition(b) == conditionSilent })
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
			return "check that " + joinAnd(serverNames(silent)) + ", which " + s.String() + " asks, " + plural(len(silent), "runs", "run") + ", and allow UDP and TCP port 53 from " + f.source(nil) + " to " + plural(len(silent), "it", "them") + " (security groups, network ACLs, firewalls)"
		case s.Address.Addr().IsLoopback():
			return "check that the servers behind " + s.String() + " answer: " + f.behindNames()
		}
		return "check that " + s.String() + " reaches its upstream servers: its forwarders, or the root servers (its log names them)"
	})
	return w
}

func describeForwarderBroken(f *facts, ms []match) words {
	ss := serversOf(ms)
	ts := targetsOf(ms)
	domains := joinAnd(f.domains(ts))
	w := words{
		title:  plural(len(ss), "nameserver ", "nameservers ") + joinAnd(serverNames(ss)) + plural(len(ss), " works", " work") + ", but cannot look up anything under " + domains,
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
		w.fix = append(w.fix, "check where "+s.String()+" forwards "+domains+" to, and that this server answers over UDP and TCP port 53: it should be "+f.forwardTo(s))
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
	w.fix = append(w.fix, "if it is a Route 53 Resolver inbound endpoint: its security group must allow UDP and TCP port 53 from the forwarding nameserver")
	return w
}

// String is a predicate of the server.
func (c condition) String() string {
	return [...]string{
		conditionUnknown:   "was not asked",
		conditionAnswers:   "answers",
		conditionSilent:    "does not answer",
		conditionRefuses:   "refuses",
		conditionFails:     "answers SERVFAIL",
		conditionForwarder: "answers, but not for AWS's names",
		conditionOnlyUDP:   "answers over UDP, but not over TCP, which this system uses",
		conditionNoRoute:   "cannot be reached: there is no route to it",
		conditionDiverted:  "cannot be reached: the routing table leads elsewhere",
		conditionLocal:     "cannot be asked: this node's own packet filter refuses",
	}[c]
}
