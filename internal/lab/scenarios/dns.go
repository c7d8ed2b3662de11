package scenarios

import (
	"net/netip"
	"slices"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// amazonSSM is the target of agent updates.
const amazonSSM = "s3:amazon-ssm-us-east-2"

// unresolved are the targets that a default run cannot resolve if no nameserver
// answers.
var unresolved = []string{"ssm", "ssmmessages", "ec2messages", "s3", amazonSSM}

// apis are those with an interface endpoint.
var apis = []string{"ssm", "ssmmessages", "ec2messages"}

// ownDNS is a nameserver in the VPC that forwards to the internet's DNS, except for
// some zones.
func ownDNS(forwards ...Forward) Nameserver {
	return Nameserver{Address: customDNS, Forwards: append([]Forward{{Zone: ".", To: internetDNS}}, forwards...)}
}

// by has a program run a nameserver.
func by(e Engine, n Nameserver) Nameserver { n.Engine = e; return n }

// dnsScenarios are the worlds in which names do not resolve as they should.
func dnsScenarios() []Scenario {
	atInbound := []string{"--vpc-resolver", inboundDNS.String()}
	unbound := []string{"unbound"}
	return []Scenario{
		{
			Name: "dns-no-nameserver", Title: "resolv.conf names no nameserver",
			Base: PrivateVPC, Faults: []Fault{resolvConf()},
			Want: fails("dns-no-nameserver", unresolved...),
		},
		{
			Name: "dns-no-resolv-conf", Title: "there is no resolv.conf",
			Base: PrivateVPC, Faults: []Fault{resolvConf(), onNode(func(n *Node) { n.NoResolvConf = true })},
			Want: fails("dns-no-nameserver", unresolved...),
		},
		{
			Name: "dns-server-silent", Title: "the only nameserver does not answer",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS)},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "dns-support-off", Title: "the VPC has DNS support switched off: its resolver is silent",
			Base: PrivateVPC, Faults: []Fault{blockDNS(Drop, vpcPlusTwo, vpcResolver)},
			Want: fails("dns-server-silent", unresolved...),
		},
		{
			Name: "dns-second-silent", Title: "the second of two nameservers does not answer",
			Base: PrivateVPC, Faults: []Fault{resolvConf(vpcPlusTwo, customDNS)},
			Want: warns("dns-server-silent"),
		},
		{
			Name: "dns-first-silent", Title: "the first of two nameservers does not answer",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS, vpcPlusTwo)},
			Want: warns("dns-server-silent"),
		},
		{
			Name: "dns-server-refuses", Title: "the nameserver refuses this client",
			Base:   PrivateVPC,
			Faults: []Fault{resolvConf(customDNS), addServer(Nameserver{Address: customDNS, Faults: []DNSFault{{Do: DNSRefused}}})},
			Want:   fails("dns-server-refuses", unresolved...),
		},
		{
			Name: "dns-server-fails", Title: "the nameserver answers SERVFAIL to everything",
			Base:   PrivateVPC,
			Faults: []Fault{resolvConf(customDNS), addServer(Nameserver{Address: customDNS, Faults: []DNSFault{{Do: DNSServFail, Text: "the lab's fault"}}})},
			Want:   fails("dns-server-fails", unresolved...),
		},
		{
			Name: "dns-name-missing", Title: "on premises, over the internet: the nameserver says that ssmmessages does not exist",
			Base: HybridPublic, Faults: []Fault{dnsFault(DNSFault{Zones: []string{hostMessages}, Do: DNSNXDomain}, premisesDNS)},
			Want: fails("dns-name-missing", "ssmmessages"),
		},
		{
			Name: "dns-forwarder-missing", Title: "a nameserver in the VPC that asks the internet alone",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(by(Unbound, ownDNS()))}, Needs: unbound,
			Want: fails("dns-forwarder-missing", apis...),
		},
		{
			Name: "dns-forwarder-missing-nxdomain", Title: "a nameserver in the VPC that knows no name of AWS",
			Base:   PrivateVPC,
			Faults: []Fault{resolvConf(customDNS), addServer(ownDNS()), dnsFault(DNSFault{Zones: []string{"amazonaws.com"}, Do: DNSNXDomain}, customDNS)},
			Want:   fails("dns-forwarder-missing", unresolved...),
		},
		{
			Name: "dns-forwarder-missing-nat", Title: "a nameserver in the VPC that asks the internet alone, with a path to the internet",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(ownDNS()), openInternet},
			Want: warns("dns-forwarder-missing"),
		},
		{
			Name: "dns-forwarder-missing-premises", Title: "on premises: amazonaws.com is not forwarded to the inbound endpoint",
			Base: HybridForwarder, Faults: []Fault{addServer(by(Unbound, Nameserver{Address: premisesDNS, Forwards: []Forward{{Zone: ".", To: internetDNS}}}))},
			Args: atInbound, Needs: unbound,
			Want: fails("dns-forwarder-missing", apis...),
		},
		{
			Name: "dns-forwarder-partial", Title: "a nameserver in the VPC that forwards ssm's name alone",
			Base: PrivateVPC, Faults: []Fault{resolvConf(customDNS), addServer(by(Unbound, ownDNS(Forward{Zone: hostSSM, To: vpcPlusTwo})))}, Needs: unbound,
			Want: fails("dns-forwarder-partial", "ssmmessages", "ec2messages"),
		},
		{
			Name: "vpc-resolver-silent", Title: "on premises: the inbound endpoint answers nobody",
			Base: HybridForwarder, Faults: []Fault{removeServer(inboundDNS)},
			Args: atInbound, Needs: unbound,
			Want: fails("vpc-resolver-silent", unresolved...),
		},
		{
			Name: "vpc-resolver-silent-here", Title: "on premises: the forwarder reaches the inbound endpoint, and this node does not",
			Base: HybridForwarder, Faults: []Fault{blockDNS(Drop, inboundDNS), func(w *World) { w.Nameserver(premisesDNS).Engine = "" }, viaVPC(premisesDNS)},
			Args: atInbound,
			Want: warns("vpc-resolver-silent"),
		},
		{
			Name: "endpoint-not-private", Title: "there is no interface endpoint for ssmmessages",
			Base: PrivateVPC, Faults: []Fault{noEndpoint("ssmmessages")},
			Want: fails("endpoint-not-private", "ssmmessages"),
		},
		{
			Name: "endpoint-not-private-kms", Title: "kms alone is asked for and has no interface endpoint, in a VPC that has those of Systems Manager",
			Base: S3Gateway, Args: []string{"--for", "kms-encryption"},
			Want: fails("endpoint-not-private", "kms"),
		},
		{
			Name: "endpoint-not-private-nat", Title: "there is no interface endpoint for ssmmessages, and NAT carries it",
			Base: PrivateVPC, Faults: []Fault{noEndpoint("ssmmessages"), openInternet},
			Want: warns("endpoint-not-private"),
		},
		{
			Name: "endpoint-not-private-wanted", Title: "private addresses are expected, and all are public",
			Base: NATPublic, Args: []string{"--expect", "private"},
			Want: fails("endpoint-not-private", apis...),
		},
	}
}

// openInternet lets every public address answer.
func openInternet(w *World) { w.Ways = nil }

// removeServer removes a nameserver from the world.
func removeServer(a netip.Addr) Fault {
	return func(w *World) {
		w.Nameservers = slices.DeleteFunc(w.Nameservers, func(n *Nameserver) bool { return n.Address == a })
	}
}

// viaVPC lets a nameserver answer with the VPC's names.
func viaVPC(a netip.Addr) Fault {
	return func(w *World) { n := w.Nameserver(a); n.Knows, n.Forwards = ViewVPC, nil }
}

// slowly delays the answers of nameservers.
func slowly(d time.Duration, servers ...netip.Addr) Fault {
	return dnsFault(DNSFault{Do: DNSSlow, Delay: d}, servers...)
}
