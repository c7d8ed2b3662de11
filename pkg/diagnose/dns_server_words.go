package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

func tellNoNameserver(f *facts, ms []match) words {
	r := f.o.Node.Resolver
	from := r.From
	if from == "" {
		from = "the system's configuration"
	}
	more := from + ": no nameserver"
	switch {
	case r.Failure.Of(probe.KindAbsent):
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
	if len(ts) > 0 && ts[0].lookup != nil {
		w.more = append(w.more, "the system's own lookup of "+ts[0].Host+": "+happened(ts[0].lookup.Failure, ts[0].lookup.Elapsed))
		w.confirm = append(w.confirm, f.lookUp(ts[0].Host))
	}
	if !f.windows() {
		w.confirm = append(w.confirm, "grep nameserver /etc/resolv.conf")
	}
	if f.ec2() {
		w.fix = append(w.fix,
			"associate a DHCP option set with AmazonProvidedDNS with the VPC, and renew the lease",
			"or put `nameserver "+f.vpcPlusTwo()+"` into /etc/resolv.conf")
	}
	return w
}

// confirmServers asks each server for the first name that it fails for.
func (f *facts) confirmServers(ms []match) []string {
	var cmds []string
	for _, s := range serversOf(ms) {
		for _, m := range ms {
			if m.server == s && m.target != nil {
				cmds = append(cmds, f.dig(s.Address, m.target.Host))
				break
			}
		}
		cmds = append(cmds, f.digType(s.Address, "com.", "NS"))
	}
	return cmds
}

// ownResolver reports whether the server is the VPC's own resolver.
func (f *facts) ownResolver(s *server) bool {
	a := s.Address.Addr().String()
	return a == "169.254.169.253" || a == "fd00:ec2::253" || f.ec2() && a == f.vpcPlusTwo()
}

// resolverRule says where to look when the VPC's own resolver gives no answer
// for a domain: nobody can see where it asks, but the rules are one's own.
func (f *facts) resolverRule(s *server, domain string) string {
	return s.String() + " is the VPC's own resolver: look for a Route 53 Resolver rule for " + domain + " that is associated with the VPC (its targets are dead, or are inbound endpoints of the same VPC, a loop), or for a rule of Route 53 Resolver DNS Firewall"
}

// anotherServer is the way around servers that are at fault, "" where there is
// none: the VPC's own resolver is what the others would be exchanged for.
func (f *facts) anotherServer(ss []*server) string {
	if slices.ContainsFunc(ss, f.ownResolver) {
		return ""
	}
	if len(ss) > 0 && !slices.ContainsFunc(ss, func(s *server) bool { return !s.Address.Addr().IsLoopback() }) {
		if f.ec2() {
			return "or let it ask AmazonProvidedDNS (" + f.vpcPlusTwo() + ")"
		}
		return "or let it ask another nameserver"
	}
	if f.ec2() {
		return "or take the nameserver out of the DHCP option set (or " + f.resolverFile() + "), and use AmazonProvidedDNS (" + f.vpcPlusTwo() + ")"
	}
	return "or name another nameserver in " + f.resolverFile()
}

func (f *facts) resolverFile() string {
	if from := f.o.Node.Resolver.From; from != "" {
		return from
	}
	return "the system's configuration"
}

func tellServerSilent(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{
		title:   plural(len(ss), "nameserver ", "nameservers ") + list(serverNames(ss)) + plural(len(ss), " does not answer", " do not answer"),
		confirm: f.confirmServers(ms),
	}
	if t := targetsOf(ms); len(t) > 0 && t[0].lookup != nil && t[0].lookup.Failure != nil && t[0].resolved.outcome.hasAddress() {
		w.more = append(w.more, "the system's own lookup of "+t[0].Host+", which asks one nameserver after another: "+happened(t[0].lookup.Failure, t[0].lookup.Elapsed))
	}
	for _, s := range ss {
		switch {
		case f.ownResolver(s):
			w.fix = append(w.fix, "turn on DNS support of the VPC (enableDnsSupport): its resolver "+s.String()+" does not answer")
		case s.Address.Addr().IsLoopback():
			w.fix = append(w.fix, "start the resolver on this node that listens at "+s.String()+" (systemd-resolved, dnsmasq …), and look at what stands behind it: "+f.behindNames())
		case s.OverTCP != nil && s.OverTCP.Rcode != "":
			w.fix = append(w.fix, "allow UDP port 53 from "+f.source(nil)+" to "+s.String()+": over TCP it answers")
		default:
			w.fix = append(w.fix, "see that the nameserver at "+s.String()+" runs, and allow UDP and TCP port 53 from "+f.source(nil)+" to it (security groups, network ACLs, firewalls)")
		}
	}
	w.fix = append(w.fix, f.anotherServer(ss))
	return w
}

func (f *facts) behindNames() string {
	if len(f.behind) == 0 {
		return "the servers that it is configured with"
	}
	return list(serverNames(f.behind))
}

func tellServerRefuses(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{
		title:   plural(len(ss), "nameserver ", "nameservers ") + list(serverNames(ss)) + plural(len(ss), " refuses", " refuse") + " to answer",
		confirm: f.confirmServers(ms),
	}
	for _, s := range ss {
		if f.ownResolver(s) {
			w.fix = append(w.fix, f.resolverRule(s, "all names (.)"))
			continue
		}
		w.fix = append(w.fix, "let "+s.String()+" serve "+f.source(nil)+", with recursion (BIND: allow-query and allow-recursion; unbound: access-control; Windows DNS: do not disable recursion)")
	}
	w.fix = append(w.fix, f.anotherServer(ss))
	return w
}

func tellServerFails(f *facts, ms []match) words {
	ss := serversOf(ms)
	w := words{
		title:   plural(len(ss), "nameserver ", "nameservers ") + list(serverNames(ss)) + plural(len(ss), " answers", " answer") + " SERVFAIL to everything",
		confirm: f.confirmServers(ms),
	}
	for _, s := range ss {
		if f.ownResolver(s) {
			w.fix = append(w.fix, f.resolverRule(s, "all names (.)"))
			continue
		}
		if s.Address.Addr().IsLoopback() {
			w.fix = append(w.fix, "see that the servers behind "+s.String()+" answer: "+f.behindNames())
			continue
		}
		w.fix = append(w.fix, "see that "+s.String()+" reaches the servers that it asks itself: its forwarders, or the root servers (its own log names them)")
	}
	w.fix = append(w.fix, f.anotherServer(ss))
	return w
}

func tellForwarderBroken(f *facts, ms []match) words {
	ss := serversOf(ms)
	ts := targetsOf(ms)
	domains := list(f.domains(ts))
	w := words{
		title:   plural(len(ss), "nameserver ", "nameservers ") + list(serverNames(ss)) + plural(len(ss), " works", " work") + ", and cannot look up anything under " + domains,
		confirm: f.confirmServers(ms),
	}
	own := true
	for _, s := range ss {
		if f.ownResolver(s) {
			w.fix = append(w.fix, f.resolverRule(s, domains))
			continue
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

func tellVPCResolverSilent(f *facts, ms []match) words {
	v := f.vpc.String()
	w := words{title: "the VPC's resolver " + v + " does not answer"}
	host := ""
	if d := f.direct(); len(d) > 0 {
		host = d[0].Host
		w.confirm = []string{f.dig(f.vpc.Address, host)}
		if !f.windows() {
			w.confirm = append(w.confirm, f.dig(f.vpc.Address, host)+" +tcp")
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
