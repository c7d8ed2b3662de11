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
		routeDiverted(),
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
	for _, w := range f.paths(func(w *path) bool { return w.refusedLocally() }) {
		ms = append(ms, match{target: w.target, path: w, effect: blocks, evidence: []string{w.line()}})
	}
	return ms
}

// rejecting are the kinds of routes and rules that refuse.
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
		w.title = "this node's own packet filter refuses questions to " + joinAnd(serverNames(ss))
		rule = "UDP and TCP port 53 to " + joinAnd(serverNames(ss))
		w.checks = firstOf(1, f.confirmServers(ms))
		if !slices.ContainsFunc(ms, func(m match) bool { return !m.overTCP() }) {
			w.checks = firstOf(1, f.confirmOverTCP(ms))
		}
	}
	if policy := func(m match) bool {
		return m.icmp() == nil && m.failed().Of(observation.KindProhibited, observation.KindInvalid, observation.KindNoRoute)
	}; f.linux() && !slices.ContainsFunc(ms, func(m match) bool { return !policy(m) }) {
		w.title = strings.Replace(w.title, "packet filter", "rules of routing, or its security module,", 1)
		w.title = strings.Replace(w.title, "refuses", "refuse", 1)
		w.checks = append(w.checks, Check{Command: "ip rule | grep -E '" + rejecting + "'; ip route show table all | grep -E '" + rejecting + "'", Expect: "a line with prohibit, unreachable or blackhole"})
		w.fix = []string{
			"remove the rule of policy routing that keeps " + rule + " from leaving (`ip rule`: one of the kind prohibit, unreachable or blackhole, or one that leads to a table with such a route)",
			"where no rule does it: a security module of the kernel (SELinux, AppArmor) refuses; its audit log names the program",
		}
		return w
	}
	if f.windows() {
		w.checks = append(w.checks, f.outputRules())
		w.fix = []string{"remove or narrow the outbound rule of Windows Defender Firewall, or of the security software, that blocks " + rule}
		w.fix = append(w.fix, allowOut(ws)...)
		return w
	}
	w.checks = append(w.checks, f.outputRules())
	w.fix = []string{
		"allow " + rule + " out in this node's packet filter: " + f.filterKinds(),
		"check security software on this node as well: it may block single programs",
	}
	if slices.ContainsFunc(ms, func(m match) bool {
		return m.icmp() == nil && m.failed().Of(observation.KindConnectionRefused, observation.KindHostUnreachable, observation.KindNoRoute)
	}) {
		// Time alone does not distinguish this node from the nearest router.
		w.fix = append(w.fix, "where no rule of this node does it: a firewall in its own network segment refuses as quickly")
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
	told := make(map[string]bool)
	for _, w := range f.paths(func(w *path) bool { return w.noRoute }) {
		m := match{target: w.target, path: w, effect: blocks}
		line := w.line()
		if w.proxy != nil { // the same for every target
			line = w.toProxy() + ": " + w.what()
		}
		if e := experiment(w.experiments, observation.ExperimentUDPConnect); e != nil && e.Result.Connect != nil {
			line += "; connecting a UDP socket, which sends nothing: " + describeFailure(e.Result.Failure(), e.Result.Connect.Elapsed)
		}
		if w.proxy == nil || !told[w.toProxy()] {
			m.evidence = []string{line}
		}
		told[w.toProxy()] = true
		ms = append(ms, m)
	}
	return ms
}

// otherFamilyAnswers reports whether a match is of a nameserver whose address
// family has no route here, while one of the other family answers: the system
// asks that one.
func (f *facts) otherFamilyAnswers(m match) bool {
	v4 := m.server.Address.Addr().Is4()
	return m.effect == affects && slices.ContainsFunc(f.configured, func(s *server) bool {
		return s.Address.Addr().Is4() != v4 && s.outcome(m.target.Host).decisive()
	})
}

// routeKinds are the kinds of route that keep this node from the addresses, as
// Linux names them: each has an error of its own. It is nil where for one of
// them there is no route at all.
func routeKinds(ms []match) []string {
	var kinds []string
	for _, m := range ms {
		failed := m.failed()
		kind := ""
		switch {
		case failed.Of(observation.KindInvalid):
			kind = "blackhole"
		case failed.Of(observation.KindProhibited):
			kind = "prohibit"
		case failed.Of(observation.KindHostUnreachable):
			kind = "unreachable"
		default:
			return nil
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
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
	var once, named []string
	add := func(a netip.Addr, role string) {
		if to := f.address(a); len(once) == 0 || once[len(once)-1] != to {
			once, named = append(once, to), append(named, role+to)
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
	for i, a := range once {
		if i == 2 {
			break
		}
		switch {
		case f.windows():
			w.checks = append(w.checks, Check{Command: "Find-NetRoute -RemoteIPAddress " + f.arg(a, "ADDRESS"), Expect: "an error: no route"})
		case f.macOS():
			w.checks = append(w.checks, Check{Command: "route -n get " + f.arg(a, "ADDRESS"), Expect: "an error: not in table"})
		default:
			w.checks = append(w.checks, Check{Command: "ip route get " + f.arg(a, "ADDRESS"), Expect: "an error: " + routeError(kinds)})
		}
	}
	if len(kinds) > 0 && f.o.Node.OS == "linux" {
		kind := plural(len(kinds), "route of type ", "routes of the types ") + joinAnd(kinds)
		covers := kind + plural(len(kinds), " covers ", " cover ")
		w.title = plural(len(kinds), "a ", "") + covers + joinMax(named, 3)
		w.fix = []string{"remove the " + kind + " that" + strings.TrimPrefix(covers, kind) + joinMax(named, 3) + " (`ip route show table all`), or the rule of that kind (`ip rule`)"}
		return w
	}
	if ts := targetsOf(ms); len(serversOf(ms)) == 0 && f.onlyIPv6() && !slices.ContainsFunc(pathsOf(ms), func(w *path) bool { return w.proxy != nil || !w.addr.Is4() }) {
		w.fix = append(f.reachIPv4(ts), "or give this node an IPv4 address and a route to "+joinMax(once, 3))
		return w
	}
	if seen := f.routesWithoutDefault(ms); len(seen) > 0 {
		w.title = "this node has no default route"
		w.more = append(w.more, "routes of its interfaces alone: "+joinMax(seen, 6), "so there is no route to "+joinMax(named, 6))
	}
	w.fix = []string{
		"give this node a route to " + joinMax(named, 3) + ": a default route by DHCP or in its network configuration",
		f.removeRoute(),
		"where a VPN carries the way, see that it is up",
	}
	return w
}

// routesWithoutDefault are the subnets that the node's interfaces lead to, if the
// system says that none has a default route of the kind that is missing; nil
// otherwise.
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

// sharedSpace is the block that carriers use (RFC 6598), and VPCs, and
// Tailscale.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// inputFilter says that this node's own filter for what it receives may be the
// one that drops, where the silent addresses are of a block that such filters
// drop: "" else.
func (f *facts) inputFilter(ws []*path) string {
	mute, _ := split(ws)
	if !f.linux() || !slices.ContainsFunc(mute, func(w *path) bool { return sharedSpace.Contains(w.addr) }) {
		return ""
	}
	return "see that this node's own packet filter lets in what comes from " + sharedSpace.String() + " (`nft list ruleset`, `iptables -S INPUT`): Tailscale drops what comes from there by any interface but its own (chain ts-input), and other filters against forged addresses do so too"
}

// onlyIPv6 reports whether this node has IPv6 addresses, and of IPv4 none that
// leads out of its own link or of a bridge of its own.
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

// dualStackFrom is the first agent that obeys UseDualStackEndpoint.
var dualStackFrom = []int{3, 3, 3270, 0}

// dualStackDomain ends the dual-stack names in this Region.
func (f *facts) dualStackDomain() string {
	if r, err := endpoint.LookupRegion(f.o.Plan.Region); err == nil {
		return r.Partition.DualStackSuffix
	}
	return "api.aws"
}

// reachIPv4 is how a node with IPv6 alone gets to names with IPv4 addresses
// alone.
func (f *facts) reachIPv4(ts []*target) []string {
	dual := "set \"UseDualStackEndpoint\": true under \"Agent\" in amazon-ssm-agent.json: the agent then uses names of " + f.dualStackDomain() + " (of S3: s3.dualstack.REGION), which have IPv6 addresses"
	first := versionText(dualStackFrom)
	switch v, known := observation.VersionNumbers(f.o.Node.Agent.Version); {
	case !known:
		dual += " (agents from " + first + " on)"
	case slices.Compare(v, dualStackFrom) < 0:
		dual += " (after an update of the agent, " + f.o.Node.Agent.Version + ", to " + first + " or newer)"
	}
	return []string{
		"turn on DNS64 in " + f.subnetOf(nil) + ", and give its route table a route for 64:ff9b::/96 to a NAT gateway (NAT64): " + everyHost(ts) + " " + plural(len(ts), "has", "have") + " IPv4 addresses only, and this node has IPv6 only",
		"or " + dual,
	}
}

// firstLine is the first line of what came in place of TLS: "HTTP/1.1 409
// Conflict".
func (w *path) firstLine() string {
	line, _, _ := strings.Cut(w.said(), "\n")
	return strings.TrimRight(line, "\r")
}

// oneVoice is the first line that every address of every direct target answers
// with in place of TLS, where there are several hosts: "" else. What answers
// alike for all of them is one box on the path.
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

// allowList names a list of allowed host names as the cause where every
// handshake with a public address is swallowed or cut, whatever name it has:
// "" else.
func (f *facts) allowList(ts []*target) string {
	ws := f.paths(func(w *path) bool { return w.proxy == nil && w.target.Asked && w.class == observation.ClassPublic })
	if len(ws) == 0 || slices.ContainsFunc(ws, func(w *path) bool { return w.state != stateHandshake || !cutOrSilent(w) }) {
		return ""
	}
	return "a firewall that lets only listed host names pass (SNI; AWS Network Firewall: a stateful domain list) drops every other handshake, also one that names no host: add " + everyHost(ts) + " to its list"
}

// refusedTruncated are the matches of nameservers whose answers are cut over
// UDP, where this node itself refuses to ask again over TCP.
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

// failed is how the connection to the match's address failed, or of its
// nameserver the socket, or else the question.
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

// question is what the match's nameserver was asked for its target.
func (m match) question() *observation.Answer {
	if m.server == nil || m.target == nil {
		return nil
	}
	return m.server.answerTo(m.target.Host)
}

// overTCP reports whether the question that failed went over TCP.
func (m match) overTCP() bool {
	a := m.question()
	return a != nil && a.Transport == "tcp"
}
