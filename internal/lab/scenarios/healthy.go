package scenarios

import (
	"net/netip"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
)

// healthy are the worlds without a fault.
func healthy() []Scenario {
	return []Scenario{
		{Name: "private-vpc", Title: "interface endpoints in two zones, S3 through a gateway endpoint, no internet", Base: PrivateVPC,
			Want: Want{Verdict: "pass", Infos: codes("agent-missing")}},
		{Name: "nat-public", Title: "no endpoint, everything over NAT", Base: NATPublic, Want: passes()},
		{Name: "s3-gateway", Title: "endpoints for Systems Manager alone; the only public addresses that answer are S3's", Base: S3Gateway, Want: passes()},
		{Name: "kms-logs-only", Title: "endpoints for kms and logs, the rest over NAT", Base: KMSLogsOnly, Want: passes()},
		{Name: "custom-dns", Title: "a nameserver in the VPC that forwards amazonaws.com to the VPC's resolver", Base: CustomDNS, Needs: []string{"unbound"}, Want: passes()},
		{Name: "two-nameservers", Title: "the private VPC, whose two nameservers both know its names", Base: PrivateVPC,
			Faults: []Fault{resolvConf(vpcPlusTwo, customDNS2), addServer(Nameserver{Address: customDNS2, Knows: ViewVPC})}, Want: passes()},
		{Name: "hybrid-forwarder", Title: "on premises: amazonaws.com is forwarded to an inbound endpoint", Base: HybridForwarder,
			Args: []string{"--vpc-resolver", inboundDNS.String()}, Needs: []string{"unbound"}, Want: passes()},
		{Name: "hybrid-public", Title: "on premises, all over the internet", Base: HybridPublic, Want: passes()},
		{Name: "resolved-stub", Title: "systemd-resolved's stub asks the VPC's resolver", Base: ResolvedStub, Want: passes()},
		{Name: "china", Title: "the China partition: another suffix, another CA", Base: China, Want: passes()},
		{Name: "region-without-ec2messages", Title: "a Region that has no ec2messages", Base: NewRegion, Want: passes()},
		{Name: "agent-running", Title: "the private VPC, with a running agent", Base: PrivateVPC, Faults: []Fault{withAgent(Agent{})}, Want: passes()},
		{Name: "custom-dns-bind", Title: "BIND in the VPC forwards amazonaws.com to the VPC's resolver", Base: PrivateVPC, Needs: []string{"named"},
			Faults: []Fault{resolvConf(customDNS), addServer(by(BIND, forwarding(customDNS)))}, Want: passes()},
		{Name: "custom-dns-dnsmasq", Title: "dnsmasq on the node forwards amazonaws.com to the VPC's resolver", Base: PrivateVPC, Needs: []string{"dnsmasq"},
			Faults: []Fault{resolvConf(loopbackDNS), addServer(by(Dnsmasq, local(forwarding(loopbackDNS))))}, Want: passes()},
		{Name: "vpc-resolver-unbound", Title: "unbound runs as the VPC's resolver", Base: PrivateVPC, Needs: []string{"unbound"},
			Faults: []Fault{addServer(Nameserver{Address: customDNS2, Knows: ViewVPC}), resolverBy(Unbound)}, Want: passes()},
		{Name: "dns-over-tcp", Title: "answers do not fit UDP, and come over TCP", Base: PrivateVPC,
			Faults: []Fault{dnsFault(DNSFault{Do: DNSTruncate}, vpcPlusTwo, vpcResolver)}, Want: passes()},
		{Name: "ipv6-no-route", Title: "the names have IPv6 addresses too, and there is no IPv6", Base: NATPublic, Faults: []Fault{withIPv6(publicServices...)}, Want: passes()},
		{Name: "patch-manager", Title: "patching is requested, and everything that it needs is reachable", Base: PrivateVPC, Args: []string{"--for", "patch-manager"}, Want: passes()},
		{Name: "bahrain-all", Title: "every capability in a Region whose buckets have names of their own", Base: Bahrain, Args: []string{"--for", "all"}, Want: passes()},
		{Name: "peered-vpc", Title: "the endpoints are in another VPC, peered with this one", Base: PeeredVPC, Want: passes()},
	}
}

// resolverBy has a program run the VPC's resolver at both its addresses. It forwards to
// the lab's own server at customDNS2.
func resolverBy(e Engine) Fault {
	return func(w *World) {
		for _, a := range []netip.Addr{vpcPlusTwo, vpcResolver} {
			addServer(Nameserver{Address: a, Engine: e, Forwards: []Forward{{Zone: ".", To: customDNS2}}})(w)
		}
	}
}
