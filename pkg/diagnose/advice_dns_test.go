package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// aliases makes a nameserver answer for a target with aliases that lead nowhere.
func (w *world) aliases(server, name string, cnames ...string) {
	host := w.planned(name).Host
	for _, kind := range []string{"A", "AAAA"} {
		w.put(server, observation.Answer{
			Name: host, Type: kind, Rcode: "NOERROR", Transport: "udp", Sent: 1, Elapsed: ms, CNAMEs: cnames,
			Discarded: []string{"a loop of aliases"}, Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindMalformed},
		})
	}
	w.unresolved(observation.KindNXDomain, name)
}

// missing makes servers say of a target that its name does not exist.
func (w *world) missing(name string, servers ...string) {
	for _, s := range servers {
		w.fails(s, name, observation.KindNXDomain)
	}
	w.unresolved(observation.KindNXDomain, name)
}

// Advice for a nameserver that answers, but not as it should.
func adviceOnAnswers() []advice {
	return []advice{
		{
			name: "the system's lookup does not tell NXDOMAIN from an answer without an address", code: DNSNoAddress,
			say:   []string{"10.0.0.2: " + hostMessages + ": an answer with no address", "the system's own lookup of " + hostMessages + ": no address found in 1ms"},
			never: []string{"NXDOMAIN"},
			change: func(w *world) {
				w.hybrid()
				w.fails(vpcPlus2, "ssmmessages", observation.KindNoAddress)
				w.unresolved(observation.KindNXDomain, "ssmmessages")
			},
		},
		{
			name: "a server's own NXDOMAIN is one", code: DNSNameMissing,
			say: []string{hostMessages + " does not exist for the nameservers", "10.0.0.2: " + hostMessages + ": NXDOMAIN in 1ms", "the system's own lookup of " + hostMessages + ": no address found in 1ms"},
			change: func(w *world) {
				w.hybrid()
				w.missing("ssmmessages", vpcPlus2)
			},
		},
		{
			name: "only the system was asked: no NXDOMAIN was seen", code: DNSNameMissing,
			say: []string{"the system's own lookup finds no address for " + hostMessages, "look for a zone amazonaws.com on the nameserver"}, never: []string{"NXDOMAIN", "does not exist"},
			change: func(w *world) {
				w.Servers, w.Node.Resolver.Servers = w.Servers[1:], nil
				w.unresolved(observation.KindNXDomain, "ssmmessages")
			},
		},
		{
			name: "what Go's resolver says of a refusal is not told", code: DNSNameFails,
			say: []string{"10.0.0.2: " + hostMessages + ": REFUSED", "the system's own lookup of " + hostMessages + ": failed after 1ms"}, never: []string{"misbehaving"},
			change: func(w *world) {
				w.hybrid()
				w.fails(vpcPlus2, "ssmmessages", observation.KindDNSRefused)
				w.unresolved(observation.KindOther, "ssmmessages")
				w.System[1].Failure.Text = "lookup " + hostMessages + " on 10.0.0.2:53: server misbehaving"
			},
		},
		{
			name: "aliases in a circle", code: DNSNoAddress,
			say: []string{
				"the aliases of " + hostSSM + " form a loop at 10.0.0.2",
				"10.0.0.2: " + hostSSM + ": aliases that form a loop (" + hostSSM + " to loop.example to " + hostSSM + ") in 1ms",
				"correct the alias records (CNAME) of " + hostSSM + " on 10.0.0.2",
			},
			never: []string{"strip", "thrown away", "only bytes"},
			change: func(w *world) {
				w.hybrid()
				w.aliases(vpcPlus2, "ssm", "loop.example.", hostSSM+".")
			},
		},
		{
			name: "too many aliases are no circle", code: DNSNoAddress,
			say: []string{"the aliases of " + hostSSM + " lead to no address at 10.0.0.2"}, never: []string{"circle"},
			change: func(w *world) {
				w.hybrid()
				w.aliases(vpcPlus2, "ssm")
			},
		},
		{
			name: "aliases in a circle are not what is wrong with the other name", code: DNSNoAddress,
			say: []string{"the nameservers return no address for " + hostSSM + " and " + hostMessages, "find out what 10.0.0.2 does with amazonaws.com"},
			change: func(w *world) {
				w.hybrid()
				w.aliases(vpcPlus2, "ssm", "loop.example.", hostSSM+".")
				w.fails(vpcPlus2, "ssmmessages", observation.KindNoAddress)
				w.unresolved(observation.KindNXDomain, "ssmmessages")
			},
		},
		{
			name: "the VPC's own resolver says that a name does not exist", code: DNSNameMissing,
			say:    []string{"look for a Route 53 Resolver DNS Firewall rule that blocks " + hostMessages + ", for a private hosted zone for amazonaws.com"},
			never:  []string{"zone amazonaws.com on 10.0.0.2", "forward the domain"},
			change: func(w *world) { w.missing("ssmmessages", vpcPlus2, vpcDefault) },
		},
		{
			name: "the VPC's own resolver gives no address", code: DNSNoAddress,
			say:   []string{"look for a Route 53 Resolver DNS Firewall rule that blocks " + hostMessages},
			never: []string{"find out what 10.0.0.2"},
			change: func(w *world) {
				for _, s := range []string{vpcPlus2, vpcDefault} {
					w.fails(s, "ssmmessages", observation.KindNoAddress)
				}
				w.unresolved(observation.KindNXDomain, "ssmmessages")
			},
		},
		{
			name: "one's own nameserver repeats what the VPC's resolver says", code: DNSNameMissing,
			say: []string{"look for a zone amazonaws.com on 10.0.0.53", "look for a Route 53 Resolver DNS Firewall rule"},
			change: func(w *world) {
				forwards(w)
				w.missing("ssmmessages", ownServer, vpcDefault)
			},
		},
		{
			name: "nothing of the VPC is known on premises", code: DNSNameMissing,
			say: []string{"look for a zone amazonaws.com on 10.20.0.53"}, never: []string{"Route 53", "VPC"},
			change: func(w *world) {
				w.hybrid()
				w.onlyServer("10.20.0.53")
				w.missing("ssmmessages", "10.20.0.53")
			},
		},
		{
			name: "a host that the agent's configuration names is first a wrong one", code: DNSNameMissing,
			say:   []string{"correct or remove the host of ssm in /etc/amazon/ssm", "if the name is right: look for a Route 53 Resolver DNS Firewall rule"},
			never: []string{"on 10.0.0.2 that lacks"},
			change: func(w *world) {
				p := w.planned("ssm")
				p.Host, p.Overridden = "vpce-0old-ssm.us-east-2.vpce.amazonaws.com", "/etc/amazon/ssm/amazon-ssm-agent.json"
				w.missing("ssm", vpcPlus2, vpcDefault)
			},
		},
		{
			name: "the VPC's own resolver is slow", code: DNSSlow,
			say:   []string{"10.0.0.2 is the VPC's own resolver: look for a Route 53 Resolver rule for amazonaws.com whose first targets do not answer", "send fewer queries"},
			never: []string{"first forwarder in its list"},
			change: func(w *world) {
				w.slowAAAA(vpcPlus2, 2000*ms, 2, "", allNames...)
			},
		},
		{
			name: "IPv6 addresses only: both questions are shown, and nothing of EC2 on premises", code: DNSIPv6Unroutable,
			say: []string{
				"10.0.0.2: " + hostSSM + " A: an answer with no address in 1ms", "10.0.0.2: " + hostSSM + " AAAA: 2600:1f16::a in 1ms",
				"dig @10.0.0.2 " + hostSSM + " A", "dig @10.0.0.2 " + hostSSM + " AAAA", "give the node an IPv6 address, and its network a route",
			},
			never: []string{"egress-only", "subnet"},
			change: func(w *world) {
				w.hybrid()
				w.public()
				w.resolves("ssm", "2600:1f16::a")
				w.connects(observation.KindNoRoute, 0, "ssm")
				w.asksKernel(observation.ExperimentUDPConnect, observation.KindNoRoute, "ssm")
			},
		},
		{
			name: "one name alone leads elsewhere", code: DNSNotAWS,
			say: []string{hostSSM + " resolves to 52.95.21.1, which is not AWS", "10.0.0.2: " + hostSSM + ": 52.95.21.1 and 52.95.21.2 in 1ms"}, never: []string{"AWS's names"},
			change: func(w *world) {
				w.hybrid()
				w.public()
				w.ranges(true)
				for _, a := range publicOf(0) {
					w.Ranges.Known[netip.MustParseAddr(a)] = observation.AddressRange{}
				}
				w.silent("ssm")
			},
		},
		{
			name: "a filter strips private addresses: one step, three programs", code: DNSRebindFilter,
			say: []string{"exempt amazonaws.com from the protection against DNS rebinding on 10.0.0.53: in dnsmasq with rebind-domain-ok=/amazonaws.com/", "restart"},
			change: func(w *world) {
				forwards(w)
				for _, name := range allAPIs {
					w.fails(ownServer, name, observation.KindNoAddress)
				}
				w.unresolved(observation.KindNXDomain, allAPIs...)
			},
		},
		{
			name: "an ec2messages that the agent does without is told of beside", code: DNSForwarderMissing,
			say: []string{"10.0.0.53 does not forward amazonaws.com", "the same applies to ec2messages, which agents from 3.3.40.0 on do not need"},
			change: func(w *world) {
				w.Node.Agent.Version = ""
				forwards(w)
				for i, name := range allAPIs {
					w.leads(name, publicOf(i)...)
				}
			},
		},
	}
}

// Advice for a nameserver that does not answer.
func adviceOnSilence() []advice {
	gives := func(server string, kind observation.Kind) func(*world) {
		return func(w *world) {
			w.onlyServer(server)
			w.failsAll(server, kind, kind)
			w.unresolved(observation.KindTimeout, allNames...)
		}
	}
	return []advice{
		{
			name: "nothing listens", code: DNSServerSilent, change: gives(ownServer, observation.KindConnectionRefused),
			say:   []string{"nameserver 10.0.0.53 does not answer: its port 53 is closed", "start the DNS service of 10.0.0.53"},
			never: []string{"security groups"},
		},
		{
			name: "garbage", code: DNSServerSilent, change: gives(ownServer, observation.KindMalformed),
			say:   []string{"nameserver 10.0.0.53 does not answer: what it sends is not an answer", "find out what runs on port 53 of 10.0.0.53"},
			never: []string{"allow UDP", "security groups"},
		},
		{
			name: "silence", code: DNSServerSilent, change: gives(ownServer, observation.KindTimeout),
			say: []string{"nameserver 10.0.0.53 does not answer", "check that the nameserver at 10.0.0.53 runs, and allow UDP and TCP port 53"}, never: []string{"closed", "what it sends"},
		},
		{
			name: "one is closed and one is silent: the title says what both do", code: DNSServerSilent,
			say: []string{"nameservers 10.0.0.53 and 10.0.0.54 do not answer", "start the DNS service of 10.0.0.53", "check that the nameserver at 10.0.0.54 runs"}, never: []string{"answer:"},
			change: func(w *world) {
				forwards(w)
				w.secondServer("10.0.0.54")
				w.failsAll(ownServer, observation.KindConnectionRefused, observation.KindConnectionRefused)
				w.failsAll("10.0.0.54", observation.KindTimeout, observation.KindTimeout)
				w.unresolved(observation.KindTimeout, allNames...)
			},
		},
		{
			name: "the VPC's own resolver answers over TCP: DNS support is on", code: DNSServerSilent,
			say:   []string{"let no packet filter or security software on this node drop UDP port 53 to 10.0.0.2"},
			never: []string{"enableDnsSupport"},
			change: func(w *world) {
				gives(vpcPlus2, observation.KindTimeout)(w)
				w.ask(vpcPlus2).OverTCP = &observation.Answer{Name: hostSSM, Type: "A", Rcode: "NOERROR", Addresses: addrs("10.0.1.101"), Transport: "tcp"}
			},
		},
		{
			name: "TCP is blocked to the VPC's own resolver", code: DNSTCPBlocked, change: truncates(vpcPlus2),
			say:   []string{"let no packet filter or security software on this node drop TCP port 53 to 10.0.0.2: security groups and network ACLs do not filter"},
			never: []string{"allow TCP port 53"},
		},
		{
			name: "TCP is blocked to another nameserver", code: DNSTCPBlocked,
			say: []string{"allow TCP port 53 from 10.0.2.10 (subnet 10.0.2.0/24) to 10.0.0.53, in addition to UDP (security groups, network ACLs, firewalls)"},
			change: func(w *world) {
				forwards(w)
				truncates(ownServer)(w)
			},
		},
		{
			name: "the inbound endpoint is silent: what the asked nameserver does", code: VPCResolverSilent,
			say: []string{
				"169.254.169.253: com. NS", "10.0.0.53: " + hostSSM + ": SERVFAIL", "10.0.0.53: com. NS (any working server answers it): NOERROR",
				"dig @169.254.169.253 " + hostSSM, "dig @10.0.0.53 " + hostSSM, "dig @10.0.0.53 com. NS",
			},
			change: func(w *world) {
				forwards(w)
				w.failsAll(ownServer, observation.KindServFail, "")
				w.ask(vpcDefault).Given = true
				w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
				w.unresolved(observation.KindServFail, allNames...)
			},
		},
		{
			name: "the inbound endpoint is silent, and nothing hangs on it", code: VPCResolverSilent,
			say: []string{"169.254.169.253: com. NS"}, never: []string{"@10.0.0.53", "10.0.0.53:"},
			change: func(w *world) {
				forwards(w)
				w.ask(vpcDefault).Given = true
				w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout)
			},
		},
		{
			name: "the server behind a stub is silent", code: DNSServerFails,
			say: []string{
				"nameserver 127.0.0.53 answers SERVFAIL to everything: 10.0.0.99 behind it does not answer",
				"dig @10.0.0.99 com. NS", "dig @127.0.0.53 " + hostSSM, "check that 10.0.0.99, which 127.0.0.53 asks, runs",
			},
			change: func(w *world) {
				gives("127.0.0.53", observation.KindServFail)(w)
				w.server("10.0.0.99", observation.RoleBehindStub)
				w.failsAll("10.0.0.99", observation.KindTimeout, observation.KindTimeout)
			},
		},
		{
			name: "the server behind a stub answers", code: DNSServerFails,
			say: []string{"nameserver 127.0.0.53 answers SERVFAIL to everything", "check that the servers behind 127.0.0.53 answer: 10.0.0.99"}, never: []string{"does not answer", "@10.0.0.99"},
			change: func(w *world) {
				gives("127.0.0.53", observation.KindServFail)(w)
				w.server("10.0.0.99", observation.RoleBehindStub)
				w.says("10.0.0.99", "ssm", "10.0.1.101")
			},
		},
		{
			name: "each target looks the proxy's name up, and one line tells of them all", code: ProxyUnreachable,
			say: []string{`lookup of the proxy's name "old-proxy.example": no address found in 1ms`}, never: []string{"found in 2ms", "NXDOMAIN"},
			change: func(w *world) {
				took := observation.Elapsed(0)
				w.through("http://old-proxy.example:3128", func(_ string, p *observation.ProxyObservation) {
					took += ms
					failure := &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain}
					*p = observation.ProxyObservation{
						URL: p.URL, Lookup: &observation.SystemLookup{Host: "old-proxy.example", Elapsed: min(took, 5*ms), Failure: failure},
						Connect: &observation.Connect{Failure: failure},
					}
				})
			},
		},
	}
}

// truncates makes a nameserver truncate its answer for ssm, and not answer over TCP.
func truncates(server string) func(*world) {
	return func(w *world) {
		w.fails(server, "ssm", observation.KindTimeout)
		for i := range w.ask(server).Answers {
			if a := &w.ask(server).Answers[i]; a.Name == hostSSM {
				a.Truncated, a.Transport = true, "tcp"
			}
		}
		w.unresolved(observation.KindTimeout, "ssm")
	}
}

// TestTargetsAgreeWithFindings: if a target has a warning or an error because of a
// missing forwarder, the finding names the target.
func TestTargetsAgreeWithFindings(t *testing.T) {
	for _, test := range []struct {
		version string
		expect  observation.Expect
		want    string
	}{
		{"", observation.ExpectAuto, "ssm,ssmmessages"},
		{"3.3.40.0", observation.ExpectAuto, "ssm,ssmmessages"},
		{"3.2.0.0", observation.ExpectAuto, "ssm,ssmmessages,ec2messages"},
		{"", observation.ExpectPrivate, "ssm,ssmmessages,ec2messages"},
		{"3.3.40.0", observation.ExpectPrivate, "ssm,ssmmessages"},
	} {
		t.Run(test.version+" "+string(test.expect), func(t *testing.T) {
			w := healthy()
			w.Node.Agent.Version, w.Plan.Expect = test.version, test.expect
			forwards(w)
			for i, name := range allAPIs {
				w.leads(name, publicOf(i)...)
			}
			r := Judge(w.Observations)
			var rows []string
			for _, row := range r.Targets {
				for _, c := range row.Because {
					if c == DNSForwarderMissing {
						rows = append(rows, row.Name)
					}
				}
			}
			if got := strings.Join(rows, ","); got != test.want {
				t.Errorf("targets with a warning or an error: %s, want %s", got, test.want)
			}
			if got := strings.Join(r.Findings[0].Targets, ","); got != test.want {
				t.Errorf("the finding's targets: %s, want %s", got, test.want)
			}
		})
	}
}
