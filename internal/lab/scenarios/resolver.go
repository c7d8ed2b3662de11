package scenarios

import (
	"net/netip"
	"time"

	"github.com/miekg/dns"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// noResolver says why the mapped lab cannot run a scenario.
const noResolver = "the mapped lab resolves names itself, and reads neither resolv.conf nor nsswitch.conf"

// confLines sets the contents of resolv.conf.
func confLines(text string) Fault { return withFiles(map[string]string{"etc/resolv.conf": text}) }

// wildcard gives every name below a zone the same address.
func wildcard(zone string, to netip.Addr, servers ...netip.Addr) Fault {
	return dnsFault(DNSFault{Zones: []string{zone}, Do: DNSGive, Addresses: []netip.Addr{to}}, servers...)
}

// resolverScenarios are the worlds that depend on how the node's resolver uses its
// nameservers.
func resolverScenarios() []Scenario {
	ssm, ssmmessages := []string{hostSSM}, []string{hostMessages}
	overTCP := "options use-vc\nnameserver 10.0.0.2\n"
	ndots := "nameserver 10.0.0.2\nsearch corp.example\noptions ndots:5\n"
	elsewhere := addr("10.0.9.80")
	return []Scenario{
		{
			Name: "dns-late-answer", Title: "the nameserver loses the first three questions for ssm, then answers",
			Base: PrivateVPC, Faults: []Fault{dnsFault(DNSFault{Zones: ssm, Type: dns.TypeA, Do: DNSSilent, First: 3}, vpcPlusTwo)},
			Want: warns("intermittent"),
		},
		{
			Name: "dns-use-vc-tcp-blocked", Title: "this node asks over TCP alone (use-vc), and TCP port 53 is dropped",
			Base: PrivateVPC, Faults: []Fault{confLines(overTCP), func(w *World) { onWay(w, Way{Network: "tcp", Port: 53, Action: Drop}) }},
			Want: fails("dns-tcp-blocked", unresolved...), NetnsOnly: noResolver,
		},
		{
			Name: "dns-use-vc-tcp-refused", Title: "this node asks over TCP alone (usevc), and TCP port 53 is rejected",
			Base: PrivateVPC, Faults: []Fault{confLines("nameserver 10.0.0.2\noptions usevc\n"), func(w *World) { onWay(w, Way{Network: "tcp", Port: 53, Action: RejectPort}) }},
			Want: fails("dns-tcp-blocked", unresolved...), NetnsOnly: noResolver,
		},
		{
			Name: "dns-use-vc-udp-blocked", Title: "this node asks over TCP alone (tcp), and UDP port 53 is dropped: nothing is wrong",
			Base: PrivateVPC, Faults: []Fault{confLines("nameserver 10.0.0.2\noptions tcp\n"), func(w *World) { onWay(w, Way{Network: "udp", Port: 53, Action: Drop}) }},
			Want: passes(), NetnsOnly: noResolver,
		},
		{
			Name: "dns-slower-than-timeout", Title: "every answer takes a second and a half, and this node waits for one second (options timeout:1)",
			Base: PrivateVPC, Faults: []Fault{confLines("nameserver 10.0.0.2\noptions timeout:1 attempts:2\n"), slowly(1500*time.Millisecond, vpcPlusTwo)},
			Want: fails("dns-server-silent", unresolved...), NetnsOnly: noResolver,
		},
		{
			Name: "dns-name-fails-refused", Title: "on premises: the nameserver refuses ssm alone",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: ssm, Do: DNSRefused}, premisesDNS)},
			Want: fails("dns-name-fails", "ssm"),
		},
		{
			Name: "dns-name-fails-silent", Title: "on premises: the nameserver never answers for ssmmessages, and for the others it does",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: ssmmessages, Do: DNSSilent}, premisesDNS)},
			Want: fails("dns-name-fails", "ssmmessages"),
		},
		{
			Name: "dns-name-fails-dnssec", Title: "on premises: unbound has a trust anchor for ssmmessages' zone, which is not signed",
			Base: HybridPublic, Faults: []Fault{addServer(Nameserver{
				Address: premisesDNS, Engine: Unbound, Forwards: []Forward{{Zone: ".", To: internetDNS}},
				Anchors: ssmmessages, Faults: []DNSFault{{Zones: ssmmessages, Do: DNSBogus}},
			})}, Needs: []string{"unbound"},
			Want: fails("dns-name-fails", "ssmmessages"),
		},
		{
			Name: "dns-name-fails-one-of-two", Title: "on premises: the first of two nameservers answers SERVFAIL for ssm alone",
			Base: HybridPublic, Faults: []Fault{
				resolvConf(premisesDNS, addr("10.20.0.54")), addServer(Nameserver{Address: addr("10.20.0.54"), Knows: ViewPublic}),
				dnsFault(DNSFault{Zones: ssm, Do: DNSServFail}, premisesDNS),
			},
			Want: warns("dns-name-fails"),
		},
		{
			Name: "dns-search-list", Title: "ndots:5, and a wildcard in the search domain leads to a web server",
			Base: PrivateVPC, Faults: []Fault{confLines(ndots), wildcard("corp.example", elsewhere, vpcPlusTwo, vpcResolver), addPortal(elsewhere, Certificate{Issuer: Portal})},
			Want: fails("dns-search-list", unresolved...), NetnsOnly: noResolver,
		},
		{
			Name: "dns-search-list-silent", Title: "ndots:5, and a wildcard in the second search domain leads to nobody",
			Base: PrivateVPC, Faults: []Fault{
				confLines("nameserver 10.0.0.2\nsearch a.example corp.example\noptions ndots:5\n"), wildcard("corp.example", elsewhere, vpcPlusTwo, vpcResolver),
			},
			Want: fails("dns-search-list", unresolved...), NetnsOnly: noResolver,
		},
		{
			Name: "dns-search-list-plain-fails", Title: "on premises: ssmmessages does not exist, and a wildcard in the search domain answers in its place",
			Base: HybridPublic, Faults: []Fault{
				confLines("nameserver 10.20.0.53\nsearch corp.example\n"), wildcard("corp.example", addr("10.20.9.80"), premisesDNS),
				dnsFault(DNSFault{Zones: ssmmessages, Do: DNSNXDomain}, premisesDNS),
			},
			Want: fails("dns-name-missing", "ssmmessages"), NetnsOnly: noResolver,
		},
		{
			Name: "dns-search-list-healthy", Title: "ndots:5 and a search list, as in a pod of Kubernetes: nothing is wrong",
			Base: PrivateVPC, Faults: []Fault{confLines("nameserver 10.0.0.2\nsearch default.svc.cluster.local svc.cluster.local cluster.local us-east-2.compute.internal\noptions ndots:5\n")},
			Want: passes(), NetnsOnly: noResolver,
		},
		{
			Name: "dns-no-nameserver-nsswitch", Title: "nsswitch.conf has host names looked up in the hosts file alone",
			Base: PrivateVPC, Faults: []Fault{withFiles(map[string]string{"etc/nsswitch.conf": "passwd: files\n# by the image\nhosts: files # no dns\n"})},
			Want: fails("dns-no-nameserver", unresolved...), NetnsOnly: noResolver,
		},
		{
			Name: "dns-no-nameserver-comma", Title: "resolv.conf names two nameservers on one line, separated by a comma",
			Base: PrivateVPC, Faults: []Fault{confLines("search us-east-2.compute.internal\nnameserver 10.0.0.2,169.254.169.253\n"), onNode(func(n *Node) { n.Nameservers = nil })},
			Want: fails("dns-no-nameserver", unresolved...),
		},
		{
			Name: "dns-fourth-nameserver", Title: "the fourth nameserver of resolv.conf does not answer: nothing is wrong, it is never asked",
			Base: PrivateVPC, Faults: []Fault{
				addServer(Nameserver{Address: customDNS, Knows: ViewVPC}), confLines("nameserver 10.0.0.2\nnameserver 10.0.0.53\nnameserver 169.254.169.253\nnameserver 10.0.0.99\n"),
			},
			Want: passes(),
		},
		{
			Name: "dns-rotate", Title: "options rotate, and the second of two nameservers gives public addresses",
			Base: PrivateVPC, Faults: []Fault{
				addServer(ownDNS()), confLines("nameserver 10.0.0.2\nnameserver 10.0.0.53\noptions rotate\n"), openInternet,
			},
			Want: warns("dns-resolvers-disagree"), NetnsOnly: noResolver,
		},
		{
			Name: "dns-tailscale", Title: "Tailscale's resolver is the only nameserver, and asks the internet alone",
			Base: PrivateVPC, Faults: []Fault{resolvConf(tailscaleDNS), addServer(Nameserver{Address: tailscaleDNS, Forwards: []Forward{{Zone: ".", To: internetDNS}}})},
			Want: fails("dns-forwarder-missing", apis...),
		},
		{
			Name: "dns-tailscale-silent", Title: "Tailscale's resolver is the only nameserver, and does not answer",
			Base: PrivateVPC, Faults: []Fault{resolvConf(tailscaleDNS)},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "dns-forwarder-missing-wanted", Title: "the nameserver asks the internet alone, which answers, and private addresses are asked for",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(ownDNS()), openInternet}, Args: []string{"--expect", "private"},
			Want: fails("dns-forwarder-missing", apis...),
		},
	}
}

// tailscaleDNS is Tailscale's resolver on each of its nodes.
var tailscaleDNS = addr("100.100.100.100")
