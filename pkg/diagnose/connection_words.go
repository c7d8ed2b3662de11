package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// sharedSpace is the block that carriers use (RFC 6598), and VPCs, and
// Tailscale.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// inputFilter says that this node's own filter for what it receives may be the
// one that drops, where the silent addresses are of a block that such filters
// drop: "" else.
func (f *facts) inputFilter(ws []*way) string {
	mute, _ := split(ws)
	if f.windows() || !slices.ContainsFunc(mute, func(w *way) bool { return sharedSpace.Contains(w.addr) }) {
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
func (w *way) firstLine() string {
	line, _, _ := strings.Cut(w.said(), "\n")
	return strings.TrimRight(line, "\r")
}

// oneVoice is the first line that every address of every direct target answers
// with in place of TLS, where there are several hosts: "" else. What answers
// alike for all of them is one box on the way.
func (f *facts) oneVoice(ms []match) string {
	ws := f.ways(func(w *way) bool { return w.proxy == nil && w.target.Asked })
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
	ws := f.ways(func(w *way) bool { return w.proxy == nil && w.target.Asked && w.class == observation.ClassPublic })
	if len(ws) == 0 || slices.ContainsFunc(ws, func(w *way) bool { return w.state != stateHandshake || !cutOrSilent(w) }) {
		return ""
	}
	return "a firewall that lets only listed host names pass (SNI; AWS Network Firewall: a stateful domain list) drops every other handshake, also one that names no host: add " + everyHost(ts) + " to its list"
}
