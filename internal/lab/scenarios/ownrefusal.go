package scenarios

import . "github.com/ssmcheck/ssmcheck/internal/lab"

// ownRefusals are the worlds in which the node itself refuses connections or DNS
// queries, and those in which its next hop does, which looks similar.
func ownRefusals() []Scenario {
	const vpc = "10.0.0.0/8"
	inVPC := func(name, title string, want Want, faults ...Fault) Scenario {
		return Scenario{
			Name: name, Title: title, Base: PrivateVPC, Faults: faults, Want: want,
			NetnsOnly: "the mapped lab does not have the kernel's own answers",
		}
	}
	https := func(to, with string) Fault {
		r := FirewallRule{Network: "tcp", Port: 443, Reject: true, With: with}
		if to != "" {
			r.To = prefix(to)
		}
		return filter(r)
	}
	dns := func(network, with string) Fault {
		return filter(FirewallRule{Network: network, Port: 53, Reject: true, With: with})
	}
	rule := func(verdict string) Fault {
		return onNode(func(n *Node) { n.Rules = append(n.Rules, "dport 443 ipproto tcp "+verdict) })
	}
	byNextHop := func(name, title string, action Action) Scenario {
		s := inVPC(name, title, fails("endpoint-blocked", "ssm"), func(w *World) {
			for _, e := range w.EdgesOf("ssm", true) {
				way := toHTTPS(e.Address, action)
				way.By, way.Near = w.Node.Gateway, true
				onWay(w, way)
			}
		})
		s.Says = []string{"rejected on the path, by 10.0.2.1"}
		return s
	}
	useVC := confLines("nameserver 10.0.0.2\noptions use-vc\n")
	all, endpoints := fails("local-firewall", unresolved...), fails("local-firewall", apis...)
	proxy := inVPC("local-firewall-proxy-admin", "the node's own packet filter rejects what goes to the proxy, with ICMP admin-prohibited", all,
		withEnv("HTTPS_PROXY", "http://"+proxyAddress.String()), filter(FirewallRule{To: single(proxyAddress.Addr()), Network: "tcp", Reject: true, With: AdminProhibited}))
	proxy.Base = ProxyOnly
	return []Scenario{
		inVPC("local-firewall-admin", "the node's own packet filter rejects what goes to port 443, with ICMP admin-prohibited as firewalld does", all, https("", AdminProhibited)),
		inVPC("local-firewall-admin-endpoints", "the node's own packet filter rejects what goes to the endpoints, with ICMP admin-prohibited", endpoints, https(vpc, AdminProhibited)),
		inVPC("local-firewall-host-unreachable", "the node's own packet filter rejects with ICMP host-unreachable", endpoints, https(vpc, "icmp type host-unreachable")),
		inVPC("local-firewall-reset", "the node's own packet filter rejects with a reset", endpoints, https(vpc, "tcp reset")),
		inVPC("policy-rule-prohibit", "a rule of policy routing prohibits TCP to port 443", all, rule("prohibit")),
		inVPC("policy-rule-blackhole", "a rule of policy routing swallows TCP to port 443", all, rule("blackhole")),
		inVPC("policy-rule-unreachable", "a rule of policy routing declares TCP to port 443 unreachable", all, rule("unreachable")),
		proxy,
		byNextHop("endpoint-rejected-next-door", "the router next door rejects connections to the ssm endpoint, within a moment", RejectAdmin),
		byNextHop("endpoint-rejected-next-door-port", "the router next door rejects connections to the ssm endpoint with port unreachable, within a moment", RejectPort),
		inVPC("local-firewall-dns-reject", "the node's own packet filter rejects DNS, with port unreachable", all, dns("", "")),
		inVPC("local-firewall-dns-admin", "the node's own packet filter rejects DNS, with ICMP admin-prohibited as firewalld does", all, dns("", AdminProhibited)),
		inVPC("local-firewall-dns-tcp-admin", "this node asks over TCP alone (use-vc), and its own packet filter rejects that", all, useVC, dns("tcp", AdminProhibited)),
		inVPC("local-firewall-dns-tcp-reject", "this node asks over TCP alone (use-vc), and its own packet filter rejects that with port unreachable", all, useVC, dns("tcp", "")),
		inVPC("dns-rejected-next-door", "the router next door rejects DNS with port unreachable, within a moment", fails("dns-server-silent", unresolved...),
			func(w *World) { onWay(w, Way{Port: 53, Action: RejectPort, By: w.Node.Gateway, Near: true}) }),
	}
}
