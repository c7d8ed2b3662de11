package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// connectionWords are the worlds whose finding must name a place or a fix that is
// easily forgotten.
func connectionWords() []Scenario {
	const conflict = "HTTP/1.1 409 Conflict\r\nServer: squid\r\nContent-Length: 0\r\n\r\n"
	return []Scenario{
		{
			Name: "tls-not-spoken-box", Title: "a transparent proxy answers for every address in plain HTTP",
			Base: NATPublic, Faults: []Fault{everyEdge(func(e *Edge) { e.TLS.Banner = conflict })},
			Want: fails("tls-not-spoken", unresolved...),
			Says: []string{`"HTTP/1.1 409 Conflict"`, "a middlebox on the path answers for every address"},
		},
		{
			Name: "sni-allow-list", Title: "a firewall swallows every handshake whose host name is not on its list, and none of AWS's is",
			Base: NATPublic, Faults: []Fault{everyEdge(func(e *Edge) { e.TLS.Stall = true })},
			Want: fails("tls-stalled", unresolved...),
			Says: []string{"a firewall that allows only listed host names"},
		},
		{
			Name: "sni-allow-list-reset", Title: "a firewall cuts every handshake whose host name is not on its list, and none of AWS's is",
			Base: NATPublic, Faults: []Fault{everyEdge(func(e *Edge) { e.TLS.Reset = true })},
			Want: fails("tls-reset", unresolved...),
			Says: []string{"a firewall that allows only listed host names"},
		},
		{
			Name: "ipv6-only-subnet", Title: "a node with IPv6 alone, and names with IPv4 addresses alone",
			Base: NATPublic, Faults: []Fault{onNode(func(n *Node) {
				n.Address, n.Gateway, n.IPv6 = prefix("169.254.8.10/29"), addr("169.254.8.9"), prefix("2600:1f16:1::8/64")
				n.Routes = []Route{{To: prefix("169.254.169.0/24"), Kind: ViaGateway}}
				n.Nameservers = []netip.Addr{vpcResolver}
			}), func(w *World) {
				m := w.Metadata
				m.Address, m.Subnet = netip.Addr{}, netip.Prefix{}
				m.VPCIPv6, m.SubnetIPv6 = prefix("2600:1f16:1::/56"), prefix("2600:1f16:1::/64")
			}},
			Want: fails("route-none", unresolved...), NetnsOnly: "the mapped lab has no IPv6",
			Says: []string{"turn on DNS64", "UseDualStackEndpoint"},
		},
		{
			Name: "endpoint-blocked-input-filter", Title: "the endpoints lie in 100.64.0.0/10, and the node's own filter for what it receives drops that",
			Base: func() *World { return endpointsAt(100, 64) }, Faults: []Fault{onNode(func(n *Node) {
				n.Input = append(n.Input, FirewallRule{To: sharedSpace})
			})},
			Want: fails("endpoint-blocked", apis...), NetnsOnly: "the mapped lab has no filter for what a node receives",
			Says: []string{"this node's own packet filter accepts packets from 100.64.0.0/10"},
		},
	}
}

var sharedSpace = prefix("100.64.0.0/10")
