package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func dnsNameTests() []verdictTest {
	return []verdictTest{
		{name: "a name is missing", status: 1, want: []string{"error dns-name-missing ssmmessages"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.fails(vpcPlus2, "ssmmessages", observation.KindNXDomain)
			w.unresolved(observation.KindNXDomain, "ssmmessages")
		}},
		{name: "a name that may be absent is", status: 0, change: func(w *world) {
			w.planned("ec2messages").MayBeAbsent = "it is not known whether this Region has it"
			w.fails(vpcPlus2, "ec2messages", observation.KindNXDomain)
			w.fails(vpcDefault, "ec2messages", observation.KindNXDomain)
			w.unresolved(observation.KindNXDomain, "ec2messages")
		}},
		{name: "a Region without ec2messages", status: 0, change: func(w *world) {
			p := w.planned("ec2messages")
			p.NotApplicable = "launched after 2023"
			w.Plan.Needs[endpoint.RunCommand] = []endpoint.Need{{"ssm"}, {"ssmmessages"}}
			w.at("ec2messages").Addresses = nil
		}},
		{name: "a name without an address", status: 1, want: []string{"error dns-no-address ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.fails(vpcPlus2, "ssm", observation.KindNoAddress)
			w.unresolved(observation.KindNXDomain, "ssm")
		}},
		{name: "the hosts file pins an old address", status: 1, want: []string{"error dns-hosts-override ssm"}, change: func(w *world) {
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr("10.0.1.250"), Line: 7}}
			w.system("ssm", "10.0.1.250")
			t := w.at("ssm")
			t.Addresses = append(t.Addresses, observation.AddressObservation{Address: netip.MustParseAddr("10.0.1.250"), From: []string{"hosts"}})
			connectFails(&t.Addresses[2], observation.KindTimeout, 3000*ms)
		}},
		{name: "the hosts file pins an address that works", status: 0, want: []string{"warning dns-hosts-override ssm"}, change: func(w *world) {
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr("10.0.1.250"), Line: 7}}
			w.system("ssm", "10.0.1.250")
			t := w.at("ssm")
			t.Addresses = append(t.Addresses, observation.AddressObservation{Address: netip.MustParseAddr("10.0.1.250"), Stages: w.proven("ssm")})
		}},
		{name: "the hosts file pins what DNS gives too", status: 0, change: func(w *world) {
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr("10.0.1.101"), Line: 7}}
			w.system("ssm", "10.0.1.101")
		}},
		{name: "the hosts file pins to loopback", status: 1, want: []string{"error dns-hosts-override ssm"}, change: func(w *world) {
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr("127.0.0.1"), Line: 7}}
			w.system("ssm", "127.0.0.1")
			w.at("ssm").Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr("127.0.0.1")}}
			w.connects(observation.KindConnectionRefused, ms/20, "ssm")
		}},
		{name: "a sinkhole", status: 1, want: []string{"error dns-sinkhole ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.leads("ssm", "0.0.0.0")
			w.connects(observation.KindConnectionRefused, ms/20, "ssm")
		}},
		{name: "a block page's address", status: 1, want: []string{"error dns-sinkhole ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.leads("ssm", "146.112.61.106")
			w.certificate(byBox(false), "ssm")
		}},
		{name: "a portal: one public address for all", status: 1, want: []string{"error dns-not-aws " + asked5}, change: func(w *world) {
			w.hybrid()
			for _, name := range allNames {
				w.leads(name, "203.0.113.80")
			}
			w.certificate(func(h *observation.Handshake) { h.NameMatches, h.Verified = false, false }, allNames...)
			w.page(allNames...)
		}},
		{name: "a portal in a VPC: more precise than a missing forwarder", status: 1, want: []string{"error dns-not-aws " + asked5}, change: func(w *world) {
			forwards(w)
			for _, name := range allNames {
				w.leads(name, "203.0.113.80")
			}
			w.silent(allNames...)
		}},
		{name: "an address outside Amazon's ranges, and nobody answers", status: 1, want: []string{"error dns-not-aws ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.ranges(true)
			w.Ranges.Known[netip.MustParseAddr(publicOf(0)[0])] = observation.AddressRange{}
			w.Ranges.Known[netip.MustParseAddr(publicOf(0)[1])] = observation.AddressRange{}
			w.silent("ssm")
		}},
		{name: "an address outside Amazon's ranges at which AWS answers", status: 0, change: func(w *world) {
			w.hybrid()
			w.public()
			w.ranges(true)
			w.Ranges.Known[netip.MustParseAddr(publicOf(0)[0])] = observation.AddressRange{}
		}},
		{name: "ranges that do not know the Region tell nothing", status: 1, want: []string{"error egress-blocked ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.ranges(false)
			w.Ranges.Known[netip.MustParseAddr(publicOf(0)[0])] = observation.AddressRange{}
			w.silent("ssm")
		}},
		{name: "IPv6 only, and no route", status: 1, want: []string{"error dns-ipv6-unroutable ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			w.leads("ssm", "2600:1f00::1")
			w.connects(observation.KindNoRoute, 0, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, observation.KindNoRoute, "ssm")
		}},
		{name: "IPv6 without a route beside IPv4 is nothing", status: 0, change: func(w *world) {
			w.hybrid()
			w.public()
			w.leads("ssm", "52.95.21.1", "2600:1f00::1")
			connectFails(&w.at("ssm").Addresses[1], observation.KindNoRoute, 0)
		}},
	}
}
