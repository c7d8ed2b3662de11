package scenarios

import (
	"net/netip"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// nameScenarios are the worlds in which a nameserver gives wrong answers.
func nameScenarios() []Scenario {
	ssmmessages := []string{hostMessages}
	aws := []string{"amazonaws.com"}
	portal := addr("203.0.113.80")
	return []Scenario{
		{
			Name: "dns-no-address", Title: "on premises: the nameserver gives no address for ssmmessages",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: ssmmessages, Do: DNSEmpty}, premisesDNS)},
			Want: fails("dns-no-address", "ssmmessages"),
		},
		{
			Name: "dns-rebind-filter-unbound", Title: "unbound strips private addresses from answers (private-address)",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(by(Unbound, stripping(customDNS)))}, Needs: []string{"unbound"},
			Want: fails("dns-rebind-filter", apis...),
		},
		{
			Name: "dns-rebind-filter-dnsmasq", Title: "dnsmasq on the node strips private addresses (--stop-dns-rebind)",
			Base: PrivateVPC, Faults: []Fault{resolvConf(loopbackDNS), addServer(by(Dnsmasq, local(stripping(loopbackDNS))))}, Needs: []string{"dnsmasq"},
			Want: fails("dns-rebind-filter", apis...),
		},
		{
			Name: "dns-rebind-filter-bind", Title: "BIND refuses to pass private addresses on (deny-answer-addresses)",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(by(BIND, stripping(customDNS)))}, Needs: []string{"named"},
			Want: fails("dns-rebind-filter", apis...),
		},
		{
			Name: "dns-forwarder-broken", Title: "the nameserver forwards amazonaws.com to a server that is gone",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(ownDNS(Forward{Zone: "amazonaws.com", To: addr("10.0.0.99")}))},
			Want: fails("dns-forwarder-broken", unresolved...),
		},
		{
			Name: "dns-forwarder-broken-unbound", Title: "unbound forwards amazonaws.com to a server that refuses it",
			Base: PrivateVPC, Faults: []Fault{
				resolvConf(customDNS), addServer(by(Unbound, ownDNS(Forward{Zone: "amazonaws.com", To: customDNS2}))),
				addServer(Nameserver{Address: customDNS2, Faults: []DNSFault{{Do: DNSRefused}}}),
			}, Needs: []string{"unbound"},
			Want: fails("dns-forwarder-broken", unresolved...),
		},
		{
			Name: "dns-forwarder-broken-servfail", Title: "the nameserver gives SERVFAIL for all of amazonaws.com",
			Base: PrivateVPC, Faults: []Fault{
				resolvConf(customDNS), addServer(ownDNS()), dnsFault(DNSFault{Zones: aws, Do: DNSServFail}, customDNS),
			},
			Want: fails("dns-forwarder-broken", unresolved...),
		},
		{
			Name: "dns-resolvers-disagree", Title: "the first nameserver gives public addresses, the second one private ones",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS, customDNS2), addServer(ownDNS()), addServer(forwarding(customDNS2))},
			Want: fails("dns-resolvers-disagree", apis...),
		},
		{
			Name: "dns-resolvers-disagree-second", Title: "the first nameserver gives private addresses, the second one public ones",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS2, customDNS), addServer(ownDNS()), addServer(forwarding(customDNS2))},
			Want: warns("dns-resolvers-disagree"),
		},
		{
			Name: "dns-hosts-override", Title: "the hosts file pins ssm to an endpoint of long ago",
			Base: PrivateVPC, Faults: []Fault{onNode(func(n *Node) { n.Hosts = []string{"10.0.9.9 ssm.us-east-2.amazonaws.com # old"} })},
			Want: fails("dns-hosts-override", "ssm"),
		},
		{
			Name: "dns-hosts-override-loopback", Title: "the hosts file pins ssmmessages to loopback",
			Base: NATPublic, Faults: []Fault{onNode(func(n *Node) { n.Hosts = []string{"127.0.0.1 ssmmessages.us-east-2.amazonaws.com"} })},
			Want: fails("dns-hosts-override", "ssmmessages"),
		},
		{
			Name: "dns-sinkhole", Title: "on premises: a filter answers 0.0.0.0 for ssmmessages",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: ssmmessages, Do: DNSGive, Addresses: []netip.Addr{addr("0.0.0.0")}, Text: "blocked by policy"}, premisesDNS)},
			Want: fails("dns-sinkhole", "ssmmessages"),
		},
		{
			Name: "dns-sinkhole-loopback", Title: "on premises: a filter answers 127.0.0.1 for all of amazonaws.com",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: aws, Do: DNSGive, Addresses: []netip.Addr{loopbackDNS}}, premisesDNS)},
			Want: fails("dns-sinkhole", unresolved...),
		},
		{
			Name: "proxy-agent-differs-portal", Title: "a captive portal, and this shell has a proxy that the agent's service has not",
			Base: HybridPublic, Faults: []Fault{
				addProxy,
				withEnv("HTTPS_PROXY", "http://"+proxyAddress.String()), withAgent(Agent{}),
				dnsFault(DNSFault{Zones: aws, Do: DNSGive, Addresses: []netip.Addr{portal}}, premisesDNS),
				addPortal(portal, Certificate{Issuer: Portal}),
			},
			Want: fails("proxy-agent-differs", unresolved...),
		},
		{
			Name: "dns-not-aws", Title: "a captive portal: every name has the portal's address",
			Base: HybridPublic, Faults: []Fault{
				dnsFault(DNSFault{Do: DNSGive, Addresses: []netip.Addr{portal}}, premisesDNS),
				addPortal(portal, Certificate{Issuer: Portal}),
			},
			Want: fails("dns-not-aws", unresolved...),
		},
		{
			Name: "dns-not-aws-silent", Title: "a hijacked nameserver: every name has one address, where nobody answers",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Do: DNSGive, Addresses: []netip.Addr{addr("203.0.113.81")}}, premisesDNS)},
			Want: fails("dns-not-aws", unresolved...),
		},
		{
			Name: "dns-not-aws-ranges", Title: "on premises: ssmmessages has an address that is not Amazon's (--ip-ranges)",
			Base: HybridPublic, Faults: []Fault{
				dnsFault(DNSFault{Zones: ssmmessages, Do: DNSGive, Addresses: []netip.Addr{addr("203.0.113.90")}}, premisesDNS),
				withFiles(map[string]string{"etc/ip-ranges.json": `{"syncToken": "1767225600", "createDate": "2026-01-01-00-00-00", "prefixes": [
 {"ip_prefix": "52.94.0.0/16", "region": "us-east-2", "service": "AMAZON", "network_border_group": "us-east-2"},
 {"ip_prefix": "3.5.128.0/22", "region": "us-east-2", "service": "S3", "network_border_group": "us-east-2"}], "ipv6_prefixes": []}
`}),
			},
			Args: []string{"--ip-ranges", "/etc/ip-ranges.json"},
			Want: fails("dns-not-aws", "ssmmessages"),
		},
		{
			Name: "dns-tcp-blocked", Title: "answers do not fit UDP, and a firewall drops DNS over TCP",
			Base: PrivateVPC, Faults: []Fault{
				dnsFault(DNSFault{Zones: aws, Do: DNSTruncate}, vpcPlusTwo, vpcResolver),
				func(w *World) { onWay(w, Way{Network: "tcp", Port: 53, Action: Drop}) },
			},
			Want: fails("dns-tcp-blocked", unresolved...),
		},
		{
			Name: "dns-slow", Title: "every answer of the nameserver takes a second and a half",
			Base: PrivateVPC, Faults: []Fault{slowly(1500*time.Millisecond, vpcPlusTwo, vpcResolver)},
			Want: warns("dns-slow"),
		},
		{
			Name: "dns-ipv6-unroutable", Title: "the names have IPv6 addresses only, and there is no IPv6",
			Base: HybridPublic, Faults: []Fault{onlyIPv6(apis...)},
			Want: fails("dns-ipv6-unroutable", apis...),
		},
		{
			Name: "dns-garbage", Title: "the nameserver answers with bytes that are no DNS",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(Nameserver{Address: customDNS, Faults: []DNSFault{{Do: DNSGarbage}}})},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "dns-wrong-id", Title: "the nameserver's answers have another question's id",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(Nameserver{Address: customDNS, Knows: ViewVPC, Faults: []DNSFault{{Do: DNSWrongID}}})},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "dns-port-closed", Title: "nobody listens on the nameserver's port",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), blockDNS(Refuse, customDNS)},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "dns-cname-loop", Title: "on premises: ssm's name points at itself in a circle",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: []string{hostSSM}, Do: DNSCNAMELoop}, premisesDNS)},
			Want: fails("dns-no-address", "ssm"),
		},
		{
			Name: "dns-stub-server-silent", Title: "systemd-resolved's stub asks a server that is gone",
			Base: ResolvedStub, Faults: []Fault{
				withFiles(map[string]string{"run/systemd/resolve/resolv.conf": "nameserver 10.0.0.99\n"}),
				addServer(local(Nameserver{Address: stubDNS, Faults: []DNSFault{{Do: DNSServFail, Delay: 2 * time.Second}}})),
			},
			Want: fails("dns-server-fails", unresolved...),
		},
	}
}

// stripping is a nameserver that removes private addresses from answers.
func stripping(a netip.Addr) Nameserver {
	n := forwarding(a)
	n.StripPrivate = true
	return n
}

// forwarding is a nameserver that forwards amazonaws.com to the VPC's
// resolver.
func forwarding(a netip.Addr) Nameserver {
	n := ownDNS(Forward{Zone: "amazonaws.com", To: vpcPlusTwo})
	n.Address = a
	return n
}

// local puts a nameserver on the node itself.
func local(n Nameserver) Nameserver { n.Loopback = true; return n }

// addPortal adds a server that answers everybody with its own page.
func addPortal(a netip.Addr, c Certificate) Fault {
	return func(w *World) {
		w.Edges = append(w.Edges, &Edge{
			Service: "portal", Address: a, Hosts: []string{"login.example"}, Cert: c.Clone(),
			HTTP: HTTPFault{Page: "<html><title>Welcome</title><p>Accept our terms to go on.</html>"},
		})
	}
}

// withIPv6 gives the names of services IPv6 addresses in addition to the others.
func withIPv6(services ...string) Fault {
	return func(w *World) {
		for i, s := range services {
			a := addr("2600:1f16:dead::").As16()
			a[15] = byte(10 + i)
			r := w.Names[w.Host(s)]
			r.IPv6 = []netip.Addr{netip.AddrFrom16(a)}
			w.Names[w.Host(s)] = r
		}
	}
}

// onlyIPv6 gives the names of services IPv6 addresses instead of others.
func onlyIPv6(services ...string) Fault {
	return func(w *World) {
		for _, s := range services {
			delete(w.Names, w.Host(s))
		}
		withIPv6(services...)(w)
	}
}
