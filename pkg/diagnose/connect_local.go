package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What this node itself refuses.
const (
	LocalFirewall Code = "local-firewall"
	RouteNone     Code = "route-none"
)

// localCauses are the causes that keep a packet from leaving this node.
func localCauses() []cause {
	return []cause{
		{ // the routing table sends packets for AWS to where AWS is not
			code: RouteDiverted, atMost: Error, restart: true,
			dependsOn: slices.DeleteFunc(wrongAddress(), func(c Code) bool { return c == RouteDiverted }),
			find:      findRouteDiverted, describe: describeRouteDiverted,
		},
		{
			code: LocalFirewall, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: findLocalFirewall, describe: describeLocalFirewall,
		},
		{
			code: RouteNone, atMost: Error, restart: true, dependsOn: wrongAddress(),
			find: findRouteNone, describe: describeRouteNone,
		},
	}
}

func findLocalFirewall(f *facts) []match {
	ms := append(f.lookups(conditionLocal), f.refusedTruncated()...)
	return append(ms, f.matchPaths(blocks, (*path).lines, (*path).refusedLocally)...)
}

// rejecting matches the types of routes and rules that refuse.
const rejecting = "prohibit|unreachable|blackhole"

func describeLocalFirewall(f *facts, ms []match) words {
	ws, ss := pathsOf(ms), serversOf(ms)
	w := words{title: "this node's own packet filter refuses connections to " + subject(targetsOf(ms)), checks: firstOf(1, f.tryAll(ws))}
	rule := "TCP port 443"
	if len(ws) > 0 && ws[0].proxy != nil {
		to := ws[0].proxy.Address
		w.title = "this node's own packet filter refuses connections to the proxy " + ws[0].proxy.URL
		rule = "TCP to " + to.String()
	}
	if len(ws) == 0 {
		w.title = "this node's own packet filter refuses queries to " + joinAnd(serverNames(ss))
		rule = "UDP and TCP port 53 to " + joinAnd(serverNames(ss))
		w.checks = firstOf(1, f.confirmServers(ms))
		if every(ms, match.overTCP) {
			w.checks = firstOf(1, f.confirmOverTCP(ms))
		}
	}
	if f.linux() && every(ms, func(m match) bool {
		return m.icmp() == nil && m.failed().Of(observation.KindProhibited, observation.KindInvalid, observation.KindNoRoute)
	}) {
		w.title = strings.Replace(w.title, "packet filter", "routing rules, or its security module,", 1)
		w.title = strings.Replace(w.title, "refuses", "refuse", 1)
		w.checks = append(w.checks, Check{Command: "ip rule | grep -E '" + rejecting + "'; ip route show table all | grep -E '" + rejecting + "'", Expect: "a line with prohibit, unreachable or blackhole"})
		w.fix = []string{
			"remove the policy routing rule that keeps " + rule + " from leaving (`ip rule`: a rule of type prohibit, unreachable or blackhole, or one that selects a table with a route of that type)",
			"if no rule does it: a security module of the kernel (SELinux, AppArmor) refuses; its audit log names the program",
		}
		return w
	}
	w.checks = append(w.checks, f.outputRules())
	if f.windows() {
		w.fix = []string{"remove or narrow the outbound rule of Windows Defender Firewall, or of the security software, that blocks " + rule}
		w.fix = append(w.fix, allowOut(ws)...)
		return w
	}
	w.fix = []string{
		"allow " + rule + " out in this node's packet filter: " + f.filterKinds(),
		"also check security software on this node: it may block individual programs",
	}
	if slices.ContainsFunc(ms, func(m match) bool {
		return m.icmp() == nil && m.failed().Of(observation.KindConnectionRefused, observation.KindHostUnreachable, observation.KindNoRoute)
	}) {
		// Time alone cannot distinguish this node from the nearest router.
		w.fix = append(w.fix, "if no rule of this node does it: a firewall in its own network segment rejects just as quickly")
	}
	return w
}

func findRouteNone(f *facts) []match {
	ms := slices.DeleteFunc(f.lookups(conditionNoRoute), f.otherFamilyAnswers)
	for i := range ms {
		ms[i].evidence = []string{ms[i].server.String() + " (nameserver): " + describeFailure(ms[i].server.Route, 0) + ", before any packet was sent"}
	}
	if f.vpc != nil && f.vpc.Given && len(f.direct()) > 0 && f.condition(f.vpc) == conditionNoRoute {
		ms = append(ms, match{effect: affects, server: f.vpc, evidence: []string{
			f.vpc.String() + " (the VPC's resolver): " + describeFailure(f.vpc.Route, 0) + ", before any packet was sent",
		}})
	}
	shown := make(map[string]bool)
	for _, w := range f.paths(func(w *path) bool { return w.noRoute }) {
		m := match{target: w.target, path: w, effect: blocks}
		line := w.line()
		if w.proxy != nil { // the same for every target
			line = w.toProxy() + ": " + w.what()
		}
		if e := experiment(w.experiments, observation.ExperimentUDPConnect); e != nil && e.Result.Connect != nil {
			line += "; connecting a UDP socket, which sends nothing: " + describeFailure(e.Result.Failure(), e.Result.Connect.Elapsed)
		}
		if w.proxy == nil || !shown[w.toProxy()] {
			m.evidence = []string{line}
		}
		shown[w.toProxy()] = true
		ms = append(ms, m)
	}
	return ms
}

// otherFamilyAnswers reports whether the match is of a nameserver without a route, while
// one of the other address family answers: the system asks that one.
func (f *facts) otherFamilyAnswers(m match) bool {
	v4 := m.server.Address.Addr().Is4()
	return m.effect == affects && slices.ContainsFunc(f.configured, func(s *server) bool {
		return s.Address.Addr().Is4() != v4 && s.outcome(m.target.Host).decisive()
	})
}

// routeKinds are the types of route that keep this node from the addresses, by Linux's
// names: each has its own error. It returns nil if for one of them there is no route at
// all.
func routeKinds(ms []match) []string {
	var kinds []string
	for _, m := range ms {
		switch failed := m.failed(); {
		case failed.Of(observation.KindInvalid):
			kinds = appendNew(kinds, "blackhole")
		case failed.Of(observation.KindProhibited):
			kinds = appendNew(kinds, "prohibit")
		case failed.Of(observation.KindHostUnreachable):
			kinds = appendNew(kinds, "unreachable")
		default:
			return nil
		}
	}
	slices.Sort(kinds)
	return kinds
}

// routeError is what ip says of an address that such routes cover.
func routeError(kinds []string) string {
	if len(kinds) == 1 {
		switch kinds[0] {
		case "blackhole":
			return "Invalid argument"
		case "prohibit":
			return "Permission denied"
		case "unreachable":
			return "No route to host"
		}
	}
	return "no route"
}

func describeRouteNone(f *facts, ms []match) words {
	var to []netip.Addr
	var named []string
	add := func(a netip.Addr, role string) {
		if len(to) == 0 || to[len(to)-1] != a {
			to, named = append(to, a), append(named, role+f.address(a))
		}
	}
	for _, s := range serversOf(ms) {
		role := "the nameserver "
		if s == f.vpc {
			role = "the VPC's resolver "
		}
		add(s.Address.Addr(), role)
	}
	for _, w := range pathsOf(ms) {
		if w.proxy != nil {
			add(w.proxy.Address.Addr(), "the proxy ")
		} else {
			add(w.addr, "")
		}
	}
	w := words{title: "this node has no route to " + joinMax(named, 3)}
	kinds := routeKinds(ms)
	w.checks = mapTo(to[:min(len(to), 2)], f.noRouteTo)
	if len(kinds) > 0 && f.o.Node.OS == "linux" {
		for i := range w.checks {
			w.checks[i].Expect = "an error: " + routeError(kinds)
		}
		kind := plural(len(kinds), "route of type ", "routes of the types ") + joinAnd(kinds)
		covers := kind + plural(len(kinds), " covers ", " cover ")
		w.title = plural(len(kinds), "a ", "") + covers + joinMax(named, 3)
		w.fix = []string{"remove the " + kind + " that" + strings.TrimPrefix(covers, kind) + joinMax(named, 3) + " (`ip route show table all`), or the rule of that type (`ip rule`)"}
		return w
	}
	if ts := targetsOf(ms); len(serversOf(ms)) == 0 && f.onlyIPv6() && every(pathsOf(ms), func(w *path) bool { return w.proxy == nil && w.addr.Is4() }) {
		w.fix = append(f.reachIPv4(ts), "give this node an IPv4 address and a route to "+joinMax(mapTo(to, f.address), 3))
		return w
	}
	if seen := f.routesWithoutDefault(ms); len(seen) > 0 {
		w.title = "this node has no default route"
		w.more = append(w.more, "only the routes of its interfaces: "+joinMax(seen, 6), "so there is no route to "+joinMax(named, 6))
	}
	w.fix = []string{
		"give this node a route to " + joinMax(named, 3) + ": a default route, from DHCP or in its network configuration",
		f.removeRoute(),
		"if the route leads through a VPN, check that it is up",
	}
	return w
}

// routesWithoutDefault returns the subnets of the node's interfaces, if the system says
// that none of these has the default route that is missing; otherwise nil.
func (f *facts) routesWithoutDefault(ms []match) []string {
	v6 := func(m match) bool {
		if m.path == nil {
			return m.server.Address.Addr().Unmap().Is6()
		}
		return m.path.dialled().Unmap().Is6()
	}
	wants6 := slices.ContainsFunc(ms, v6)
	wants4 := slices.ContainsFunc(ms, func(m match) bool { return !v6(m) })
	var seen []string
	for _, i := range f.o.Node.Interfaces {
		if i.DefaultIPv4 && wants4 || i.DefaultIPv6 && wants6 {
			return nil
		}
		for _, p := range i.Addresses {
			seen = append(seen, p.Masked().String()+" by "+safe(i.Name))
		}
	}
	return seen
}

// sharedSpace is the block that carriers (RFC 6598), VPCs and Tailscale use.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// inputFilter says that this node's own input filter may be what drops, if silent
// addresses are in a block that such filters drop; "" otherwise.
func (f *facts) inputFilter(ws []*path) string {
	mute, _ := split(ws)
	if !f.linux() || !slices.ContainsFunc(mute, func(w *path) bool { return sharedSpace.Contains(w.addr) }) {
		return ""
	}
	return "check that this node's own packet filter accepts packets from " + sharedSpace.String() + " (`nft list ruleset`, `iptables -S INPUT`): Tailscale drops packets from there on every interface but its own (chain ts-input), and other anti-spoofing filters do the same"
}

// onlyIPv6 reports whether this node has IPv6 addresses, and no IPv4 address that leads
// beyond its own link or its own bridge.
func (f *facts) onlyIPv6() bool {
	v6 := false
	for _, p := range f.o.Node.Addresses {
		a := p.Addr()
		switch {
		case a.IsLinkLocalUnicast(), a.IsLoopback():
		case a.Is6():
			v6 = true
		default:
			if x := f.leaves(a); x == nil || x.Kind != observation.InterfaceBridge || x.DefaultIPv4 {
				return false
			}
		}
	}
	return v6
}

// dualStackFrom is the first agent that supports UseDualStackEndpoint.
var dualStackFrom = []int{3, 3, 3270, 0}

// dualStackDomain is the suffix of the dual-stack names in this Region.
func (f *facts) dualStackDomain() string {
	if r, err := endpoint.LookupRegion(f.o.Plan.Region); err == nil {
		return r.Partition.DualStackSuffix
	}
	return "api.aws"
}

// reachIPv4 says how a node with IPv6 only reaches names with IPv4 addresses only.
func (f *facts) reachIPv4(ts []*target) []string {
	dual := "set \"UseDualStackEndpoint\": true under \"Agent\" in amazon-ssm-agent.json: the agent then uses names of " + f.dualStackDomain() + " (for S3: s3.dualstack.REGION), which have IPv6 addresses"
	first := versionText(dualStackFrom)
	switch v, known := observation.VersionNumbers(f.o.Node.Agent.Version); {
	case !known:
		dual += " (agents from " + first + " on)"
	case slices.Compare(v, dualStackFrom) < 0:
		dual += " (after an update of the agent, " + f.o.Node.Agent.Version + ", to " + first + " or newer)"
	}
	return []string{
		"turn on DNS64 in " + f.subnetOf(nil) + ", and give its route table a route for 64:ff9b::/96 to a NAT gateway (NAT64): " + everyHost(ts) + " " + plural(len(ts), "has", "have") + " only IPv4 addresses, but this node has only IPv6",
		dual,
	}
}

// firstLine is the first line of what came instead of TLS: "HTTP/1.1 409
// Conflict".
func (w *path) firstLine() string {
	line, _, _ := strings.Cut(w.said(), "\n")
	return strings.TrimRight(line, "\r")
}

// oneVoice is the first line with which every address of every direct target answers
// instead of TLS, if there are several hosts; "" otherwise. What answers alike for all
// of them is one middlebox on the path.
func (f *facts) oneVoice(ms []match) string {
	ws := f.paths(func(w *path) bool { return w.proxy == nil && w.target.Asked })
	hosts := make(map[string]bool)
	line := ""
	for _, w := range ws {
		if w.state != stateHandshake || !notTLS(w) || w.firstLine() == "" || line != "" && w.firstLine() != line {
			return ""
		}
		line = w.firstLine()
		hosts[w.target.Host] = true
	}
	if len(hosts) < 2 || len(targetsOf(ms)) < 2 {
		return ""
	}
	return line
}

// allowList suggests a list of allowed host names as the reason if every handshake with
// a public address is dropped or cut off, whatever name it has; "" otherwise.
func (f *facts) allowList(ts []*target) string {
	ws := f.paths(func(w *path) bool { return w.proxy == nil && w.target.Asked && w.class == observation.ClassPublic })
	if len(ws) == 0 || !every(ws, func(w *path) bool { return w.state == stateHandshake && cutOrSilent(w) }) {
		return ""
	}
	return "a firewall that allows only listed host names (SNI; AWS Network Firewall: a stateful domain list) may drop every other handshake, even one that names no host: add " + everyHost(ts) + " to its list"
}

// refusedTruncated matches nameservers whose answers are truncated over UDP, if this
// node itself refuses to ask again over TCP.
func (f *facts) refusedTruncated() []match {
	var ms []match
	for _, s := range f.configured {
		for _, t := range f.direct() {
			if a := s.answerTo(t.Host); a != nil && a.Truncated && f.refusedQuestion(s, a).sign != signNone {
				ms = append(ms, match{
					target: t, server: s, effect: f.effectOf(t),
					evidence: []string{s.String() + ": " + t.Host + ": truncated over UDP, and " + answer(a), "over TCP " + f.refusedQuestion(s, a).String()},
				})
			}
		}
	}
	return ms
}

// failed is how the connection to the match's address failed; for a nameserver, how its
// socket failed, or else the query.
func (m match) failed() *observation.Failure {
	switch a := m.question(); {
	case m.path != nil:
		return m.path.failure
	case m.server.Route == nil && a != nil:
		return a.Failure
	}
	return m.server.Route
}

// icmp is the ICMP message that ended the match's connection, nil for none.
func (m match) icmp() *observation.ICMPMessage {
	if m.path != nil {
		return m.path.icmp()
	}
	if a := m.question(); a != nil {
		return a.ICMP
	}
	return nil
}

// question is the answer of the match's nameserver for its target.
func (m match) question() *observation.Answer {
	if m.server == nil || m.target == nil {
		return nil
	}
	return m.server.answerTo(m.target.Host)
}

// overTCP reports whether the query that failed went over TCP.
func (m match) overTCP() bool {
	a := m.question()
	return a != nil && a.Transport == "tcp"
}
