package scenarios

import . "github.com/ssmcheck/ssmcheck/internal/lab"

// ownRefusals are the forms in which the node itself refuses, and what looks
// like them and is another's.
func ownRefusals() []Scenario {
	vpc := prefix("10.0.0.0/8")
	only := func(reason string) string { return reason + ", which the mapped lab does not have" }
	noKernel := only("the kernel's own answer")
	everyWay := func(action Action, services ...string) Fault {
		return func(w *World) {
			for _, s := range services {
				for _, e := range w.EdgesOf(s, true) {
					onWay(w, Way{To: single(e.Address), Network: "tcp", Port: 443, Action: action, By: w.Node.Gateway, Near: true})
				}
			}
		}
	}
	return []Scenario{
		{
			Name: "local-firewall-admin", Title: "the node's own packet filter rejects what goes to port 443, with ICMP admin-prohibited as firewalld does",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{Network: "tcp", Port: 443, Reject: true, With: AdminProhibited})},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-admin-endpoints", Title: "the node's own packet filter rejects what goes to the endpoints, with ICMP admin-prohibited",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{To: vpc, Network: "tcp", Port: 443, Reject: true, With: AdminProhibited})},
			Want: fails("local-firewall", apis...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-host-unreachable", Title: "the node's own packet filter rejects with ICMP host-unreachable",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{To: vpc, Network: "tcp", Port: 443, Reject: true, With: "icmp type host-unreachable"})},
			Want: fails("local-firewall", apis...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-reset", Title: "the node's own packet filter rejects with a reset",
			Base: PrivateVPC, Faults: []Fault{filter(FirewallRule{To: vpc, Network: "tcp", Port: 443, Reject: true, With: "tcp reset"})},
			Want: fails("local-firewall", apis...), NetnsOnly: noKernel,
		},
		{
			Name: "policy-rule-prohibit", Title: "a rule of policy routing prohibits TCP to port 443",
			Base: PrivateVPC, Faults: []Fault{policy("dport 443 ipproto tcp prohibit")},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "policy-rule-blackhole", Title: "a rule of policy routing swallows TCP to port 443",
			Base: PrivateVPC, Faults: []Fault{policy("dport 443 ipproto tcp blackhole")},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "policy-rule-unreachable", Title: "a rule of policy routing declares TCP to port 443 unreachable",
			Base: PrivateVPC, Faults: []Fault{policy("dport 443 ipproto tcp unreachable")},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "local-firewall-proxy-admin", Title: "the node's own packet filter rejects what goes to the proxy, with ICMP admin-prohibited",
			Base: ProxyOnly, Faults: []Fault{withEnv("HTTPS_PROXY", "http://"+proxyAddress.String()), filter(FirewallRule{To: single(proxyAddress.Addr()), Network: "tcp", Reject: true, With: AdminProhibited})},
			Want: fails("local-firewall", unresolved...), NetnsOnly: noKernel,
		},
		{
			Name: "endpoint-rejected-next-door", Title: "the router next door rejects connections to the ssm endpoint, within a moment",
			Base: PrivateVPC, Faults: []Fault{everyWay(RejectAdmin, "ssm")},
			Want: fails("endpoint-blocked", "ssm"), NetnsOnly: noKernel, Says: []string{"rejected on the path, by 10.0.2.1"},
		},
		{
			Name: "endpoint-rejected-next-door-port", Title: "the router next door rejects connections to the ssm endpoint with port unreachable, within a moment",
			Base: PrivateVPC, Faults: []Fault{everyWay(RejectPort, "ssm")},
			Want: fails("endpoint-blocked", "ssm"), NetnsOnly: noKernel, Says: []string{"rejected on the path, by 10.0.2.1"},
		},
	}
}

// policy puts rules of policy routing on the node.
func policy(rules ...string) Fault {
	return onNode(func(n *Node) { n.Rules = append(n.Rules, rules...) })
}

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
