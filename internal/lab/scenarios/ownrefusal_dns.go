package scenarios

import . "github.com/ssmcheck/ssmcheck/internal/lab"

// ownRefusalsOfDNS are the forms in which the node itself refuses questions to
// its nameserver, and what looks like them and is another's.
func ownRefusalsOfDNS() []Scenario {
	const noKernel = "the kernel's own answer, which the mapped lab does not have"
	reject := func(network, with string) Fault {
		return filter(FirewallRule{Network: network, Port: 53, Reject: true, With: with})
	}
	return []Scenario{
		{
			Name: "local-firewall-dns-reject", Title: "the node's own packet filter rejects DNS, with port unreachable",
			Base: PrivateVPC, Faults: []Fault{reject("", "")},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-dns-admin", Title: "the node's own packet filter rejects DNS, with ICMP admin-prohibited as firewalld does",
			Base: PrivateVPC, Faults: []Fault{reject("", AdminProhibited)},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-dns-tcp-admin", Title: "this node asks over TCP alone (use-vc), and its own packet filter rejects that",
			Base: PrivateVPC, Faults: []Fault{confLines("nameserver 10.0.0.2\noptions use-vc\n"), reject("tcp", AdminProhibited)},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-dns-tcp-reject", Title: "this node asks over TCP alone (use-vc), and its own packet filter rejects that with port unreachable",
			Base: PrivateVPC, Faults: []Fault{confLines("nameserver 10.0.0.2\noptions use-vc\n"), reject("tcp", "")},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "dns-rejected-next-door", Title: "the router next door rejects DNS with port unreachable, within a moment",
			Base: PrivateVPC, Faults: []Fault{func(w *World) {
				onWay(w, Way{Port: 53, Action: RejectPort, By: w.Node.Gateway, Near: true})
			}},
			Want: fails("dns-server-silent", unresolved...), NetnsOnly: noKernel,
		},
	}
}
