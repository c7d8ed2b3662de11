package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// No connection to the address.
const (
	EndpointBlocked       Code = "endpoint-blocked"
	EndpointPartlyBlocked Code = "endpoint-partly-blocked"
	EgressBlocked         Code = "egress-blocked"
	S3Blocked             Code = "s3-blocked"
	ConnectionRefused     Code = "connection-refused"
)

// wrongAddress lists the causes by which a target's paths are not those that it should
// take: whatever is seen on these paths follows from them.
func wrongAddress() []Code {
	return []Code{
		ProxyInvalid, ProxyBypassed, ProxyAgentDiffers, ProxyShadowsEndpoint,
		DNSHostsOverride, DNSSearchList, DNSSinkhole, DNSNotAWS, DNSRebindFilter, DNSResolversDisagree,
		DNSForwarderMissing, DNSForwarderPartial, EndpointNotPrivate, DNSIPv6Unroutable,
		RouteDiverted,
	}
}

// wrongAWSAddress lists those by which a target has an address of AWS's, but not the one
// that it should have. If this node itself refuses every address, nothing follows from
// them.
func wrongAWSAddress() []Code {
	return []Code{DNSHostsOverride, DNSResolversDisagree, DNSForwarderMissing, DNSForwarderPartial, EndpointNotPrivate}
}

// connectCauses are the causes that lie between this node and the address.
func connectCauses() []cause {
	local := append(wrongAddress(), LocalFirewall, RouteNone)
	return []cause{
		{
			code: EndpointBlocked, atMost: Error, restart: true, dependsOn: local,
			find: findEndpointBlocked, describe: describeEndpointBlocked,
			actions: (*facts).allowIngress,
		},
		{
			code: EndpointPartlyBlocked, atMost: Warning, dependsOn: local,
			find: findPartlyBlocked, describe: describePartlyBlocked,
			actions: (*facts).allowIngress,
		},
		{
			code: EgressBlocked, atMost: Error, restart: true, dependsOn: local,
			find: findEgressBlocked, describe: describeEgressBlocked,
			actions: (*facts).endpointsForEgress,
		},
		{
			code: S3Blocked, atMost: Error, dependsOn: append(local, EgressBlocked),
			find: findS3Blocked, describe: describeS3Blocked,
			actions: (*facts).createGateway,
		},
		{
			code: ConnectionRefused, atMost: Error, restart: true, dependsOn: local,
			find: findRefused, describe: describeRefused,
		},
	}
}

// allSilent reports whether the target has paths, and nothing came back on any of them.
func allSilent(t *target) bool {
	return len(t.paths) > 0 && len(t.open) == 0 && every(t.paths, (*path).silent)
}

func anyClass(t *target, c observation.Class) bool {
	return slices.ContainsFunc(t.paths, func(w *path) bool { return w.class == c })
}

// matchEach makes a match of each path of a target.
func matchEach(t *target, e effect) []match {
	return mapTo(t.paths, func(w *path) match { return match{target: t, path: w, effect: e, evidence: w.lines()} })
}

func findEndpointBlocked(f *facts) []match {
	return f.silentMatches(func(t *target) bool { return anyClass(t, observation.ClassPrivate) })
}

// silentMatches match every path of the direct targets that do not answer at all and
// for which also holds.
func (f *facts) silentMatches(also func(*target) bool) []match {
	var ms []match
	for _, t := range f.direct() {
		if allSilent(t) && also(t) {
			ms = append(ms, matchEach(t, blocks)...)
		}
	}
	return ms
}

func describeEndpointBlocked(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	n := services(ts)
	endpoints := "the interface " + plural(n, "endpoint", "endpoints") + " of " + subject(ts)
	w := words{
		title:  sentTo(ws) + " port 443 of the private " + plural(len(ws), "address", "addresses") + " of " + subject(ts) + " " + notAnswered(ws),
		checks: f.tryAll(ws),
	}
	gone := "check that the " + plural(n, "endpoint still has", "endpoints still have") + " these addresses: a private zone may point to network interfaces that no longer exist"
	group := "allow TCP 443 from " + f.source(ws) + " in the security " + plural(n, "group", "groups") + " of " + endpoints + " (VPC console, Endpoints, Security groups)"
	lists := "allow TCP 443 there and inbound ephemeral ports 1024-65535 in the network ACLs of both subnets (VPC console, Network ACLs)"
	w.does = map[fix.Kind][]string{fix.AllowIngress: {group}}
	w.fix = []string{group, lists, f.letOut(), f.ownFirewall("TCP 443")}
	if said := f.nothingAnswers(); said != "" {
		w.more = append(w.more, said)
		w.fix = []string{f.ownFirewall("TCP 443"), f.letOut(), group, lists}
	}
	switch mute, by := split(ws); {
	case every(ws, func(w *path) bool { return w.noNeighbour }):
		w.fix = []string{"correct the record of " + everyHost(ts) + ": nothing in this node's own subnet has " + addrList(addressesOf(ws))}
	case len(by) == 0:
	case len(mute) > 0: // the two may have different reasons
		w.fix = append([]string{f.whoRejects(by), "for " + addrList(addressesOf(mute)) + ", which do not answer: " + w.fix[0]}, w.fix[1:]...)
	default:
		gone = "check that " + endpoints + plural(n, " still has", " still have") + " these addresses: a router also rejects packets to an address that no longer exists"
		w.fix = []string{f.whoRejects(ws)}
	}
	if filter := f.inputFilter(ws); filter != "" {
		w.fix = append(w.fix, filter)
	}
	if out := f.outsideVPC(ws); len(out) > 0 {
		w.more = append(w.more, addrList(out)+plural(len(out), " lies", " lie")+" outside every CIDR block of this VPC: the private zone may be stale or another VPC's")
		w.fix = append([]string{"check whether a private hosted zone with " + everyHost(ts) + " is associated with " + f.vpcName("this VPC") + " and points to endpoints that no longer exist or to a network without a route from here (peering, transit gateway)"}, w.fix...)
	} else {
		w.fix = append(w.fix, gone)
	}
	return w
}

// services counts the services of the targets: each has one endpoint, however many
// buckets it serves.
func services(ts []*target) int {
	return len(appendNew(nil, mapTo(ts, func(t *target) endpoint.Service { return t.Service })...))
}

// letOut is the rule that lets the node's packets out.
func (f *facts) letOut() string {
	if f.ec2() {
		return "allow TCP 443 out in " + f.ownGroup() + " (EC2 console, Security groups, Outbound rules)"
	}
	return "allow TCP 443 out in the firewall of this site"
}

// ownFirewall is what no console shows: this node's own packet filter, which may drop
// silently.
func (f *facts) ownFirewall(what string) string {
	show := f.showFilter()
	if f.linux() {
		show += "; firewalld, ufw"
	}
	return "allow " + what + " out in this node's own firewall, if it drops that (" + show + ")"
}

// nothingAnswers says that every address in this run is silent on port 443, private and
// public ones alike; "" otherwise. What they share is this node's side.
func (f *facts) nothingAnswers() string {
	private, public := 0, 0
	for _, w := range f.paths(func(w *path) bool { return w.proxy == nil }) {
		switch {
		case !w.silent() || w.rejectedOnPath() || w.target.Port != endpoint.Port:
			return ""
		case w.class == observation.ClassPrivate:
			private++
		case w.class == observation.ClassPublic:
			public++
		}
	}
	if private == 0 || public == 0 {
		return ""
	}
	side := "this node's own firewall or that of this site"
	if f.ec2() {
		side = "this node's own firewall, " + f.ownGroup() + ", or its subnet's network ACL"
	}
	return "nothing answers on port 443 at all, neither private nor public addresses: what they share is " + side + ", so a single rule may be the reason"
}

func rejected(ws []*path) bool {
	return len(ws) > 0 && every(ws, (*path).rejectedOnPath)
}

// outsideVPC returns the private addresses of the paths that are in none of the VPC's
// blocks, if those are known.
func (f *facts) outsideVPC(ws []*path) []netip.Addr {
	if len(f.o.Metadata.VPCBlocks) == 0 {
		return nil
	}
	return addressesOf(filter(ws, func(w *path) bool { return w.class == observation.ClassPrivate && !f.inVPC(w.addr) }))
}

func findPartlyBlocked(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if len(t.open) == 0 && !slices.ContainsFunc(t.paths, (*path).connected) || !slices.ContainsFunc(t.paths, (*path).silent) {
			continue
		}
		for _, m := range matchEach(t, affects) {
			if m.path.silent() || m.path.state == reachedAWS {
				ms = append(ms, m)
			}
		}
	}
	return ms
}

func describePartlyBlocked(f *facts, ms []match) words {
	ts := targetsOf(ms)
	dead := filter(pathsOf(ms), (*path).silent)
	addrs := addressesOf(dead)
	w := words{
		title:  addrList(addrs) + plural(len(addrs), " does", " do") + " not answer, while other addresses of " + subject(ts) + " do",
		checks: f.tryAll(dead),
	}
	mute, by := split(dead)
	if len(by) > 0 && len(mute) == 0 {
		w.title = "connections to " + addrList(addrs) + " are rejected on the path" + byWhom(by) + ", while other addresses of " + subject(ts) + " answer"
	}
	if len(by) > 0 {
		w.fix = []string{f.whoRejects(by)}
	}
	if len(mute) > 0 && mute[0].class == observation.ClassPrivate {
		addrs, dead := addressesOf(mute), mute
		const group = "allow TCP 443 in the security group of each of the endpoint's network interfaces"
		w.fix = append(w.fix,
			"check the "+plural(len(addrs), "subnet of "+addrList(addrs)+": its network ACL", "subnets of "+addrList(addrs)+": their network ACLs")+" must allow TCP 443 from "+f.source(dead)+" and inbound ephemeral ports 1024-65535",
			"check that the endpoint still has a network interface with "+plural(len(addrs), "that address", "each of these addresses")+"; remove the record of one that no longer exists",
			group,
		)
		w.does = map[fix.Kind][]string{fix.AllowIngress: {group}}
		return w
	}
	if slices.ContainsFunc(dead, func(w *path) bool { return w.class != observation.ClassPrivate }) {
		w.fix = append(w.fix, "allow TCP 443 from "+f.source(dead)+" to all of AWS's public addresses, not to individual ones: they change")
	}
	return w
}

func findRefused(f *facts) []match {
	return f.matchPaths(blocks, (*path).lines, func(w *path) bool {
		return w.proxy == nil && w.state == stateConnect && !w.refusedLocally() && !odd(w) && w.refusedByReset()
	})
}

func describeRefused(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	w := words{
		title:  "the " + plural(len(ws), "address", "addresses") + " of " + subject(ts) + plural(len(ws), " refuses", " refuse") + " the connection",
		checks: f.tryAll(ws),
	}
	refusing := addressesOf(ws)
	silent := f.alsoSilent(ts, ws)
	if len(silent) > 0 {
		w.title = addrList(refusing) + plural(len(refusing), " refuses", " refuse") + " the connection to " + subject(ts) + ", and " + addrList(addressesOf(silent)) + plural(len(silent), " does", " do") + " not answer"
		w.more = linesOf(silent)
		w.checks = append(w.checks[:1:1], f.tryAll(silent)...)
	}
	if ws[0].class == observation.ClassPrivate {
		w.fix = []string{
			"find out whose " + plural(len(refusing), "address "+addrList(refusing)+" is", "addresses "+addrList(refusing)+" are") + ": an interface endpoint never refuses port 443, so the name leads to another machine (a stale record, a load balancer without a listener), or a firewall rejects the connection",
			"correct the record of " + everyHost(ts) + " in the private zone that returns " + plural(len(refusing), "it", "them"),
		}
		if dead := addressesOf(silent); len(dead) > 0 {
			w.fix = append(w.fix, "check whether "+addrList(dead)+plural(len(dead), " is", " are")+" an endpoint's: if so, allow TCP 443 from "+f.source(ws)+" in its security group; otherwise remove the record")
		}
		return w
	}
	w.fix = []string{
		"look for a firewall between " + f.source(ws) + " and " + addrList(refusing) + " that rejects with a reset: AWS's public addresses never refuse port 443",
		"allow TCP 443 to " + everyHost(ts) + " there",
	}
	return w
}

// alsoSilent returns the silent paths of targets to which no connection was made: they
// have no finding of their own.
func (f *facts) alsoSilent(ts []*target, but []*path) []*path {
	var ws []*path
	for _, t := range ts {
		if slices.ContainsFunc(t.paths, (*path).connected) {
			continue // endpoint-partly-blocked
		}
		ws = append(ws, filter(t.paths, func(w *path) bool { return w.silent() && !slices.Contains(but, w) })...)
	}
	return ws
}
