package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	asked5 = "ssm,ssmmessages,ec2messages,s3," + nameBucket
	apis3  = "ssm,ssmmessages,ec2messages"
)

func allTests() []verdictTest {
	var all []verdictTest
	for _, some := range [][]verdictTest{healthyTests(), nodeTests(), dnsServerTests(), dnsForwarderTests(), dnsNameTests(), resolverTests(), pathTests(), connectionTests(), divertedTests(), tlsTests(), httpTests(), proxyTests(), s3Tests(), signedTests(), restTests(), designTests(), anywayTests(), openTests(), pauseTests(), proxySettingsTests(), tlsWordTests(), helloTests(), intermittentTests(), unreadTests(), bucketTests(), unusedProxyTests(), bridgeProxyTests(), dualStackTests(), localServerTests(), agentLogTests(), agentLogLevelTests(), agentCredentialsTests(), windowsTests()} {
		all = append(all, some...)
	}
	return all
}

// forwards makes the only nameserver another one than the VPC's resolver.
func forwards(w *world) *observation.ServerObservation { return w.onlyServer(ownServer) }

func dnsServerTests() []verdictTest {
	unreadable := func(w *world) {
		w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
		w.Node.Resolver.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied}
	}
	return []verdictTest{
		{name: "a forwarder is broken, and a host outside AWS resolves", status: 1, want: []string{"error dns-forwarder-broken " + asked5}, change: func(w *world) {
			w.hybrid()
			w.failsAll(vpcPlus2, observation.KindTimeout, "")
			w.unresolved(observation.KindTimeout, allNames...)
			outside(w, "kms", "10.20.0.9")
			w.ask(vpcPlus2).ControlQuery = nil
		}},
		{name: "every host is one outside AWS, and one of them does not resolve", status: 1, want: []string{"error dns-name-missing ssm"}, change: func(w *world) {
			w.hybrid()
			w.public()
			for i, name := range allNames {
				outside(w, name, "10.20.0.1"+string(rune('0'+i)))
			}
			w.fails(vpcPlus2, "ssm", observation.KindNXDomain)
			w.unresolved(observation.KindNXDomain, "ssm")
		}},
		{name: "the nameserver is silent for hosts outside AWS too", status: 1, want: []string{"error dns-server-silent " + asked5}, change: func(w *world) {
			w.hybrid()
			for _, name := range allNames {
				outside(w, name, "10.20.0.9")
			}
			w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "no nameserver", status: 1, want: []string{"error dns-no-nameserver " + asked5}, change: func(w *world) {
			w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
			w.unresolved(observation.KindConnectionRefused, allNames...)
		}},
		{name: "no resolv.conf", status: 1, want: []string{"error dns-no-nameserver " + asked5}, change: func(w *world) {
			w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
			w.Node.Resolver.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent}
			w.unresolved(observation.KindConnectionRefused, allNames...)
		}},
		{name: "no nameserver configured, and one answers where the system asks", change: func(w *world) {
			w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
		}},
		{name: "no nameserver configured, and where the system asks one answers that a name does not exist", status: 1, want: []string{"error dns-name-missing ssmmessages"}, change: func(w *world) {
			w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
			w.unresolved(observation.KindNXDomain, "ssmmessages")
		}},
		{name: "resolv.conf may not be read", status: 3, change: func(w *world) {
			unreadable(w)
			w.unresolved(observation.KindConnectionRefused, allNames...)
		}},
		{name: "resolv.conf may not be read, and something answers where the system then asks", status: 3, change: func(w *world) {
			unreadable(w)
		}},
		{name: "resolv.conf may not be read, and a nameserver is given", status: 0, change: func(w *world) {
			servers := w.Node.Resolver.Servers
			w.Node.Resolver.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied}
			w.Node.Resolver.Servers = nil
			w.Servers[0].Address, w.Servers[0].Given = servers[0], true
			for i := range w.System {
				w.System[i].Addresses, w.System[i].Failure = nil, &observation.Failure{Op: observation.OpLookup, Kind: observation.KindConnectionRefused}
			}
		}},
		{name: "resolv.conf may not be read, and every name is in the hosts file", status: 0, change: func(w *world) {
			unreadable(w)
			for _, l := range w.System {
				w.Node.Hosts.Entries = append(w.Node.Hosts.Entries, observation.HostsEntry{Name: l.Host, Address: l.Addresses[0], Line: 2})
			}
		}},
		{name: "the only nameserver is silent", status: 1, want: []string{"error dns-server-silent " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindTimeout, observation.KindTimeout)
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "both nameservers are silent: one finding", status: 1, want: []string{"error dns-server-silent " + asked5}, change: func(w *world) {
			forwards(w)
			w.secondServer("10.0.0.54")
			for _, s := range []string{ownServer, "10.0.0.54"} {
				w.failsAll(s, observation.KindTimeout, observation.KindTimeout)
			}
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "one of two nameservers is silent", status: 0, want: []string{"warning dns-server-silent " + asked5}, change: func(w *world) {
			w.secondServer("10.0.0.54")
			w.failsAll("10.0.0.54", observation.KindTimeout, observation.KindTimeout)
		}},
		{name: "one of two is silent, and an endpoint is blocked: both, and the first a warning", status: 1,
			want: []string{"error endpoint-blocked ssm", "warning dns-server-silent " + asked5}, change: func(w *world) {
				w.secondServer("10.0.0.54")
				w.failsAll("10.0.0.54", observation.KindTimeout, observation.KindTimeout)
				w.silent("ssm")
			}},
		{name: "garbage is no answer", status: 1, want: []string{"error dns-server-silent " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindMalformed, observation.KindMalformed)
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "the nameserver refuses", status: 1, want: []string{"error dns-server-refuses " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindDNSRefused, observation.KindDNSRefused)
			w.unresolved(observation.KindServFail, allNames...)
		}},
		{name: "the nameserver fails", status: 1, want: []string{"error dns-server-fails " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindServFail, observation.KindServFail)
			w.unresolved(observation.KindServFail, allNames...)
		}},
		{name: "a stub's servers are evidence, never a finding", status: 0, change: func(w *world) {
			w.onlyServer("127.0.0.53")
			w.server("10.0.0.54", observation.RoleBehindStub)
			w.failsAll("10.0.0.54", observation.KindTimeout, observation.KindTimeout)
		}},
		{name: "no route to the nameserver explains its silence", status: 1, want: []string{"error route-none " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindNoRoute, "")
			w.ask(ownServer).ControlQuery = nil
			w.ask(ownServer).Route = &observation.Failure{Op: observation.OpConnect, Kind: observation.KindNoRoute}
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "this node's own filter keeps the nameserver from being asked", status: 1, want: []string{"error local-firewall " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindNotPermitted, observation.KindNotPermitted)
			w.unresolved(observation.KindNotPermitted, allNames...)
		}},
		{name: "the forwarder is broken", status: 1, want: []string{"error dns-forwarder-broken " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindServFail, "")
			w.unresolved(observation.KindServFail, allNames...)
		}},
		{name: "the forwarder is broken, and another nameserver answers", status: 0, want: []string{"warning dns-forwarder-broken " + asked5}, change: func(w *world) {
			w.secondServer(ownServer)
			w.failsAll(ownServer, observation.KindTimeout, "")
		}},
		{name: "the inbound endpoint is silent, which explains the forwarder", status: 1, want: []string{"error vpc-resolver-silent " + asked5}, change: func(w *world) {
			forwards(w)
			w.failsAll(ownServer, observation.KindServFail, "")
			w.ask(vpcDefault).Given = true
			w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
			w.unresolved(observation.KindServFail, allNames...)
		}},
		{name: "the inbound endpoint is silent, and nothing hangs on it", status: 0, want: []string{"warning vpc-resolver-silent"}, change: func(w *world) {
			w.ask(vpcDefault).Given = true
			w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
		}},
		{name: "the inbound endpoint answers over TCP: not silent", status: 0, change: func(w *world) {
			w.ask(vpcDefault).Given = true
			w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
			w.ask(vpcDefault).OverTCP = &observation.Answer{Name: hostSSM, Type: "A", Rcode: "NOERROR", Addresses: addrs("10.0.1.101"), Transport: "tcp"}
		}},
		{name: "the default VPC resolver is silent: info", status: 0, want: []string{"info vpc-resolver-silent"}, change: func(w *world) {
			w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
		}},
		{name: "truncated, and no TCP", status: 1, want: []string{"error dns-tcp-blocked ssm"}, change: func(w *world) {
			w.fails(vpcPlus2, "ssm", observation.KindTimeout)
			for i := range w.ask(vpcPlus2).Answers {
				if a := &w.ask(vpcPlus2).Answers[i]; a.Name == hostSSM {
					a.Truncated, a.Transport = true, "tcp"
				}
			}
			w.unresolved(observation.KindTimeout, "ssm")
		}},
		{name: "slow lookups", status: 0, want: []string{"warning dns-slow " + asked5}, change: func(w *world) {
			for i := range w.ask(vpcPlus2).Answers {
				w.ask(vpcPlus2).Answers[i].Elapsed = 1500 * ms
			}
		}},
		{name: "one slow lookup is a lost packet", change: func(w *world) {
			w.ask(vpcPlus2).Answers[0].Elapsed = 1010 * ms
			w.ask(vpcPlus2).Answers[0].Sent = 2
		}},
	}
}

func dnsForwarderTests() []verdictTest {
	publicNames := func(w *world, names ...string) {
		for i, name := range allAPIs {
			for _, n := range names {
				if n == name {
					w.leads(name, publicOf(i)...)
				}
			}
		}
	}
	return []verdictTest{
		{name: "forwarder missing, no way out", status: 1, want: []string{"error dns-forwarder-missing " + apis3}, change: func(w *world) {
			forwards(w)
			publicNames(w, allAPIs...)
			w.silent(allAPIs...)
		}},
		{name: "forwarder missing explains what is seen at the wrong addresses", status: 1, want: []string{"error dns-forwarder-missing " + apis3}, change: func(w *world) {
			forwards(w)
			publicNames(w, allAPIs...)
			w.connects(observation.KindNoRoute, 0, "ssm")
			w.certificate(byBox(false), "ssmmessages", "ec2messages")
			w.silent("kms", "logs")
		}},
		{name: "forwarder missing, and NAT carries it: a warning, without the ec2messages that this agent does without", status: 0, want: []string{"warning dns-forwarder-missing ssm,ssmmessages"}, change: func(w *world) {
			forwards(w)
			publicNames(w, allAPIs...)
		}},
		{name: "forwarder missing, NAT carries it, and private addresses were asked for", status: 1, want: []string{"error dns-forwarder-missing ssm,ssmmessages"}, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			forwards(w)
			publicNames(w, allAPIs...)
		}},
		{name: "with --expect public P is empty", status: 0, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPublic
			forwards(w)
			publicNames(w, allAPIs...)
		}},
		{name: "forwarder missing by NXDOMAIN takes S3 along", status: 1, want: []string{"error dns-forwarder-missing " + asked5}, change: func(w *world) {
			forwards(w)
			for _, name := range allNames {
				w.fails(ownServer, name, observation.KindNXDomain)
			}
			w.unresolved(observation.KindNXDomain, allNames...)
		}},
		{name: "only ssm is forwarded", status: 1, want: []string{"error dns-forwarder-partial ssmmessages,ec2messages"}, change: func(w *world) {
			forwards(w)
			publicNames(w, "ssmmessages", "ec2messages", "kms", "logs")
			w.silent("ssmmessages", "ec2messages", "kms", "logs")
		}},
		{name: "all that was asked for is forwarded, and the rest is not: info", status: 0, want: []string{"info dns-forwarder-partial kms,logs"}, change: func(w *world) {
			forwards(w)
			publicNames(w, "kms", "logs")
			w.silent("kms", "logs")
		}},
		{name: "a filter strips private addresses", status: 1, want: []string{"error dns-rebind-filter " + apis3}, change: func(w *world) {
			forwards(w)
			for _, name := range allAPIs {
				w.fails(ownServer, name, observation.KindNoAddress)
			}
			w.unresolved(observation.KindNXDomain, allAPIs...)
		}},
		{name: "a filter refuses private addresses, S3 has them too, and sts passes", status: 1, want: []string{"error dns-rebind-filter " + asked5}, change: func(w *world) {
			forwards(w)
			w.says(vpcDefault, "s3", "10.0.1.109")
			for _, name := range allNames {
				w.fails(ownServer, name, observation.KindDNSRefused)
			}
			w.ask(ownServer).ControlQuery = &observation.Answer{Name: "com.", Type: "NS", Rcode: "NOERROR"}
			w.ask(ownServer).ControlHost = &observation.Answer{Name: "sts.us-east-2.amazonaws.com", Type: "A", Rcode: "NOERROR", Addresses: addrs("52.95.9.9")}
			w.unresolved(observation.KindServFail, allNames...)
		}},
		{name: "the first of two gives public addresses", status: 1, want: []string{"error dns-resolvers-disagree " + apis3}, change: func(w *world) {
			second := w.secondServer(ownServer)
			_ = second
			for i, name := range allAPIs {
				w.says(vpcPlus2, name, publicOf(i)...)
				w.system(name, publicOf(i)...)
				t := w.at(name)
				t.Addresses = append(t.Addresses, observation.AddressObservation{Address: netip.MustParseAddr(publicOf(i)[0]), From: []string{"system"}})
				connectFails(&t.Addresses[len(t.Addresses)-1], observation.KindTimeout, 3000*ms)
			}
		}},
		{name: "the second of two gives public addresses", status: 0, want: []string{"warning dns-resolvers-disagree ssm,ssmmessages"}, change: func(w *world) {
			w.secondServer(ownServer)
			for i, name := range allAPIs {
				w.says(ownServer, name, publicOf(i)...)
				t := w.at(name)
				t.Addresses = append(t.Addresses, observation.AddressObservation{Address: netip.MustParseAddr(publicOf(i)[0]), From: []string{ownServer + ":53"}})
				connectFails(&t.Addresses[len(t.Addresses)-1], observation.KindTimeout, 3000*ms)
			}
		}},
		{name: "they disagree on premises, where nobody knows the VPC", status: 1, want: []string{"error dns-resolvers-disagree " + apis3}, change: func(w *world) {
			w.hybrid()
			w.secondServer(ownServer)
			for _, name := range allAPIs {
				w.fails(vpcPlus2, name, observation.KindNXDomain)
			}
			w.unresolved(observation.KindNXDomain, allAPIs...)
		}},
		{name: "no endpoint for ssmmessages", status: 1, want: []string{"error endpoint-not-private ssmmessages"}, change: func(w *world) {
			w.resolves("ssmmessages", publicOf(1)...)
			w.silent("ssmmessages")
		}},
		{name: "no endpoint for ssmmessages, and NAT carries it", status: 0, want: []string{"warning endpoint-not-private ssmmessages"}, change: func(w *world) {
			w.resolves("ssmmessages", publicOf(1)...)
		}},
		{name: "no endpoint for ssmmessages and kms: what nobody asked for is a finding of its own", status: 1,
			want: []string{"error endpoint-not-private ssmmessages", "info endpoint-not-private kms"}, change: func(w *world) {
				w.resolves("ssmmessages", publicOf(1)...)
				w.resolves("kms", publicOf(3)...)
				w.silent("ssmmessages", "kms")
			}},
		{name: "kms and logs over NAT: other services do not count", status: 0, change: func(w *world) {
			w.resolves("kms", publicOf(3)...)
			w.resolves("logs", publicOf(4)...)
		}},
		{name: "only kms and logs have endpoints: public is expected", status: 0, change: func(w *world) {
			for i := range 3 {
				w.resolves(allAPIs[i], publicOf(i)...)
			}
		}},
		{name: "no endpoint for ec2messages, with an agent that does without", status: 0, want: []string{"info endpoint-not-private ec2messages"}, change: func(w *world) {
			w.resolves("ec2messages", publicOf(2)...)
			w.silent("ec2messages")
		}},
		{name: "no endpoint for ec2messages, with an agent of an unknown version", status: 0, want: []string{"warning endpoint-not-private ec2messages"}, change: func(w *world) {
			w.Node.Agent.Version = ""
			w.resolves("ec2messages", publicOf(2)...)
			w.silent("ec2messages")
		}},
		{name: "no endpoint for ec2messages, with an old agent", status: 1, want: []string{"error endpoint-not-private ec2messages"}, change: func(w *world) {
			w.Node.Agent.Version = "3.2.2303.0"
			w.resolves("ec2messages", publicOf(2)...)
			w.silent("ec2messages")
		}},
		{name: "no endpoint for ec2messages on Windows Server 2012", status: 1, want: []string{"error endpoint-not-private ec2messages"}, change: func(w *world) {
			w.Node.OS, w.Node.OSVersion = "windows", "6.2.9200"
			w.resolves("ec2messages", publicOf(2)...)
			w.silent("ec2messages")
		}},
		{name: "private is asked for, and all is public and answers", status: 1, want: []string{"error endpoint-not-private ssm,ssmmessages", "info endpoint-not-private ec2messages,kms,logs"}, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			w.public()
		}},
		{name: "private is asked for, and a dual-stack endpoint's IPv6 addresses are global", status: 0, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			w.resolves("ssm", "10.7.1.11", "2600:1f16:1::1")
		}},
		{name: "private is asked for, and a name has public addresses beside private ones", status: 1, want: []string{"error endpoint-not-private ssm"}, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			w.resolves("ssm", "10.0.1.101", "52.95.21.1")
		}},
		{name: "private is asked for, and the agent has a public host outside AWS", status: 0, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			outside(w, "ssm", "198.51.100.9")
		}},
		{name: "kms alone is asked for and public, and ssm is private", status: 1, want: []string{"error endpoint-not-private kms"}, change: func(w *world) {
			only(w, "kms", endpoint.KMSEncryption, hostSSM)
			w.resolves("kms", publicOf(3)...)
			w.silent("kms")
		}},
		{name: "kms alone is asked for and stripped, and ssm is public", status: 1, want: []string{"error dns-rebind-filter kms"}, change: func(w *world) {
			w.hybrid()
			w.server("10.0.0.250", observation.RoleVPC).Given = true
			w.resolves("ssm", publicOf(0)...)
			only(w, "kms", endpoint.KMSEncryption, hostSSM)
			w.resolves("kms", privateOf(3)...)
			w.fails(vpcPlus2, "kms", observation.KindNoAddress)
			w.unresolved(observation.KindNoAddress, "kms")
		}},
		{name: "all public over NAT", status: 0, change: func(w *world) { w.public() }},
		{name: "FIPS names keep public addresses", status: 0, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			for _, name := range allAPIs {
				w.planned(name).FIPS = true
			}
			w.public()
		}},
		{name: "no private address, and nobody who knows the VPC: not ruled out", status: 1, want: []string{"error endpoint-not-private ssmmessages"}, change: func(w *world) {
			w.hybrid()
			w.leads("ssmmessages", publicOf(1)...)
			w.silent("ssmmessages")
		}},
	}
}
