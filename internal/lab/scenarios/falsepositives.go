package scenarios

import (
	"net/netip"
	"time"

	"github.com/miekg/dns"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// falsePositives are the worlds whose fault looks like another one, or is hidden by a
// healthy part of the network.
func falsePositives() []Scenario {
	gone := addr("10.0.0.99")
	partly := func(f DNSFault) []Fault {
		return []Fault{resolvConf(customDNS), addServer(forwarding(customDNS)), dnsFault(f, customDNS)}
	}
	toProxy := func(k RouteKind) Fault { return addRoutes(k, "10.20.0.80/32") }
	byAddress := withEnv("HTTPS_PROXY", "http://"+proxyAddress.String())
	return []Scenario{
		{
			Name: "s3-blocked-core-endpoints", Title: "endpoints for Systems Manager alone, and no gateway endpoint for S3",
			Base: S3Gateway, Faults: []Fault{noGateway},
			Want: fails("s3-blocked", "s3", amazonSSM),
		},
		{
			Name: "s3-blocked-firewall", Title: "on premises: the firewall lets the APIs pass that are asked for, and neither S3 nor the other APIs",
			Base: HybridPublic, Faults: []Fault{blockPublic(Drop, "s3", "kms", "logs", "ec2", "monitoring", "sts")},
			Want: fails("s3-blocked", "s3", amazonSSM),
		},
		{
			Name: "dns-name-fails-forwarded", Title: "the nameserver forwards ssmmessages' name to a server that is gone",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(ownDNS(
				Forward{Zone: "amazonaws.com", To: vpcPlusTwo}, Forward{Zone: hostMessages, To: gone}))},
			Want: fails("dns-name-fails", "ssmmessages"),
		},
		{
			Name: "dns-name-fails-private", Title: "the nameserver gives SERVFAIL for ssmmessages' name alone",
			Base: PrivateVPC, Faults: partly(DNSFault{Zones: []string{hostMessages}, Do: DNSServFail}),
			Want: fails("dns-name-fails", "ssmmessages"),
		},
		{
			Name: "dns-forwarder-partial-nxdomain", Title: "the nameserver says that ssmmessages' name does not exist",
			Base: PrivateVPC, Faults: partly(DNSFault{Zones: []string{hostMessages}, Do: DNSNXDomain}),
			Want: fails("dns-forwarder-partial", "ssmmessages"),
		},
		{
			Name: "dns-name-fails", Title: "on premises: the nameserver gives SERVFAIL for ssmmessages' name alone",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: []string{hostMessages}, Do: DNSServFail}, premisesDNS)},
			Want: fails("dns-name-fails", "ssmmessages"),
		},
		{
			Name: "dns-firewall-nxdomain", Title: "the VPC's resolver itself says that ssmmessages' name does not exist (a DNS firewall)",
			Base: PrivateVPC, Faults: []Fault{dnsFault(DNSFault{Zones: []string{hostMessages}, Do: DNSNXDomain}, vpcPlusTwo, vpcResolver)},
			Want: fails("dns-name-missing", "ssmmessages"),
		},
		{
			Name: "dns-aaaa-silent", Title: "the nameserver gives AAAA questions no answer: each lookup waits for it",
			Base: PrivateVPC, Faults: []Fault{dnsFault(DNSFault{Type: dns.TypeAAAA, Do: DNSSilent}, vpcPlusTwo, vpcResolver)},
			Want: warns("dns-slow"),
		},
		{
			Name: "dns-aaaa-slow", Title: "the nameserver's answers to AAAA questions take two seconds",
			Base: PrivateVPC, Faults: []Fault{dnsFault(DNSFault{Type: dns.TypeAAAA, Do: DNSSlow, Delay: 2 * time.Second}, vpcPlusTwo, vpcResolver)},
			Want: warns("dns-slow"),
		},
		{
			Name: "dns-second-strips", Title: "the second of two nameservers strips private addresses",
			Base: PrivateVPC, Faults: []Fault{resolvConf(vpcPlusTwo, customDNS), addServer(stripping(customDNS))},
			Want: warns("dns-rebind-filter"),
		},
		{
			Name: "dns-first-refuses", Title: "the first of two nameservers refuses this client",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS, vpcPlusTwo), addServer(Nameserver{Address: customDNS, Faults: []DNSFault{{Do: DNSRefused}}})},
			Want: warns("dns-server-refuses"),
		},
		{
			Name: "dns-second-forwarder-broken", Title: "the second of two nameservers gives SERVFAIL for all of amazonaws.com",
			Base: PrivateVPC, Faults: []Fault{resolvConf(vpcPlusTwo, customDNS), addServer(ownDNS()),
				dnsFault(DNSFault{Zones: []string{"amazonaws.com"}, Do: DNSServFail}, customDNS)},
			Want: warns("dns-forwarder-broken"),
		},
		{
			Name: "hosts-file-private", Title: "on premises: the hosts file pins the private addresses, which no nameserver here gives",
			Base: HybridForwarder, Faults: []Fault{
				addServer(Nameserver{Address: premisesDNS, Forwards: []Forward{{Zone: ".", To: internetDNS}}}), removeServer(inboundDNS),
				onNode(func(n *Node) {
					n.Hosts = []string{"10.0.1.101 " + hostSSM, "10.0.1.102 " + hostMessages, "10.0.1.103 " + hostLegacy}
				}),
			},
			Want: warns("dns-hosts-override"),
		},
		{
			Name: "hosts-file-public-wanted-private", Title: "private addresses are expected, and the hosts file pins ssm to its public one",
			Base: NATPublic, Faults: []Fault{onNode(func(n *Node) { n.Hosts = []string{"52.94.10.10 " + hostSSM} })},
			Args: []string{"--expect", "private"},
			Want: fails("endpoint-not-private", apis...),
		},
		{
			Name: "route-none-proxy", Title: "no route to the proxy",
			Base: ProxyOnly, Faults: []Fault{byAddress, toProxy(Unreachable)},
			Want: fails("route-none", unresolved...),
		},
		{
			Name: "route-prohibited-proxy", Title: "a route of the node prohibits the proxy's address",
			Base: ProxyOnly, Faults: []Fault{byAddress, toProxy(Prohibit)},
			Want: fails("route-none", unresolved...),
		},
		{
			Name: "proxy-rejected", Title: "a firewall on the path rejects connections to the proxy with ICMP",
			Base: ProxyOnly, Faults: []Fault{byAddress, func(w *World) { onWay(w, Way{To: single(proxyAddress.Addr()), Action: RejectNet}) }},
			Want: fails("proxy-unreachable", unresolved...),
		},
		{
			Name: "local-firewall-proxy", Title: "the node's own packet filter drops what goes to the proxy",
			Base: ProxyOnly, Faults: []Fault{byAddress, filter(FirewallRule{To: single(proxyAddress.Addr())})},
			Want: fails("local-firewall", unresolved...),
		},
		{
			Name: "proxy-silent", Title: "the proxy accepts connections and answers nothing",
			Base: ProxyOnly, Faults: []Fault{func(w *World) { w.Proxies[0].Silent = true }},
			Want: fails("proxy-unreachable", unresolved...),
		},
		{
			Name: "endpoint-two-ways", Title: "one of ssm's private addresses answers with a reset, and the other one not at all",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, "ssm"), func(w *World) {
				onWay(w, toHTTPS(w.EdgesOf("ssm", true)[0].Address, Refuse))
			}},
			Want: fails("connection-refused", "ssm"),
		},
		{
			Name: "no-ec2messages-endpoint-unknown", Title: "no endpoint for ec2messages, and whether the agent does without is not known",
			Base: PrivateVPC, Faults: []Fault{noEndpoint("ec2messages")},
			Want: warns("endpoint-not-private"),
		},
		{
			Name: "no-ec2messages-endpoint-old", Title: "no endpoint for ec2messages, and an agent that needs it",
			Base: PrivateVPC, Faults: []Fault{withAgent(Agent{Version: "3.2.2303.0"}), noEndpoint("ec2messages")},
			Want: fails("endpoint-not-private", "ec2messages"),
		},
		{
			Name: "fips-blocked", Title: "FIPS names in a VPC without a path to the internet: no endpoint has them",
			Base: PrivateVPC, Faults: []Fault{withFIPS, noGateway}, Args: []string{"--fips"},
			Want: fails("egress-blocked", "ssm", "ssmmessages", "ec2messages", amazonSSM),
		},
		{
			Name: "hijacked-search-domain", Title: "on premises: the nameserver answers every unknown name with one address",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: []string{hostMessages}, Do: DNSGive, Addresses: []netip.Addr{addr("203.0.113.80")}}, premisesDNS),
				addPortal(addr("203.0.113.80"), Certificate{Issuer: Portal, Names: []string{"login.example"}})},
			Want: fails("tls-wrong-name", "ssmmessages"),
		},
		{
			Name: "session-only-broken", Title: "the endpoint of ssmmessages is blocked, and only Run Command is asked for, of an agent that has ec2messages",
			Base: PrivateVPC, Faults: []Fault{blockEndpoints(Drop, "ssmmessages"), withAgent(Agent{Version: "3.2.2303.0"})},
			Args: []string{"--for", "run-command"},
			Want: warns(diagnose.EndpointBlocked),
		},
	}
}
