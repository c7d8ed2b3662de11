package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const firewall = "look for a firewall or router between 10.0.2.10 (subnet 10.0.2.0/24) and "

// rejects makes something on the path answer connections with an ICMP message.
func (w *world) rejects(names ...string) {
	w.connects(observation.KindHostUnreachable, 3*ms, names...)
	w.asksKernel(observation.ExperimentUDPConnect, "", names...)
}

func adviceOnRejections() []advice {
	return []advice{
		{
			name: "who rejects is no security group", code: EndpointBlocked,
			say: []string{
				"connections to port 443 of the private addresses of ssm are rejected", firewall + "10.0.1.101 and 10.0.3.101 that rejects TCP 443",
				"check that the interface endpoint of ssm still has these addresses",
			},
			never: []string{"network ACLs of"}, no: []fix.Kind{fix.AllowIngress},
			change: func(w *world) { w.rejects("ssm") },
		},
		{
			name: "who rejects the way out is no missing NAT gateway", code: EgressBlocked,
			say:   []string{"if the VPC vpc-1 has interface endpoints for com.amazonaws.us-east-2.ssm", firewall + "52.95.21.1, 52.95.21.2", "create interface endpoints for com.amazonaws.us-east-2.ssm"},
			kinds: []fix.Kind{fix.CreateEndpoint}, no: []fix.Kind{fix.CreateGateway, fix.AllowIngress}, never: []string{"NAT"},
			change: func(w *world) {
				w.public()
				w.rejects(allAPIs...)
			},
		},
		{
			name: "who rejects the way to S3", code: S3Blocked, say: []string{firewall + "3.5.128.10 and 3.5.128.11", "associate a gateway endpoint"},
			kinds: []fix.Kind{fix.CreateGateway}, never: []string{"prefix list"},
			change: func(w *world) { w.rejects("s3", nameBucket) },
		},
		{
			name: "S3 needs its gateway endpoint where the rest get interface endpoints", code: EgressBlocked,
			say: []string{
				"allow TCP 443 out in the node's own security group sg-0123456789abcdef0", "give this node's subnet",
				"create interface endpoints for com.amazonaws.us-east-2.ssm, com.amazonaws.us-east-2.ssmmessages and com.amazonaws.us-east-2.ec2messages in the VPC vpc-1 with private DNS names on (charged by the hour); and add a gateway endpoint for S3 (com.amazonaws.us-east-2.s3) in the route table of this node's subnet 10.0.2.0/24",
			},
			change: func(w *world) {
				w.Metadata.SecurityGroups = []string{"sg-0123456789abcdef0"}
				w.public()
				w.silent(allNames...)
			},
		},
		{
			name: "S3 that answers needs none", code: EgressBlocked, kinds: []fix.Kind{fix.CreateEndpoint}, no: []fix.Kind{fix.CreateGateway},
			change: func(w *world) {
				w.public()
				w.silent(allAPIs...)
			},
		},
		{
			name: "the node's security groups are named", code: S3Blocked,
			say: []string{
				"associate a gateway endpoint",
				"allow TCP 443 out to the prefix list com.amazonaws.us-east-2.s3 in the node's own security groups (sg-0123456789abcdef0 or sg-0123456789abcdef1)",
			},
			change: func(w *world) {
				w.Metadata.SecurityGroups = []string{"sg-0123456789abcdef0", "sg-0123456789abcdef1"}
				w.silent("s3", nameBucket)
			},
		},
		{
			name: "one address refuses, the other one is silent", code: ConnectionRefused,
			say: []string{
				"10.0.1.101 refuses the connection to ssm, and 10.0.3.101 does not answer",
				"10.0.1.101:443 (" + hostSSM + "): refused", "10.0.3.101:443 (" + hostSSM + "): no answer",
				statusOnly + " --resolve " + hostSSM + ":443:10.0.1.101", statusInTime + " --resolve " + hostSSM + ":443:10.0.3.101",
				"find out whose address 10.0.1.101 is", "correct the record", "check whether 10.0.3.101 is an endpoint's",
			},
			change: func(w *world) {
				connectFails(&w.at("ssm").Addresses[0], observation.KindConnectionRefused, 2*ms)
				connectFails(&w.at("ssm").Addresses[1], observation.KindTimeout, 3000*ms)
			},
		},
		{
			name: "every address that refuses is named", code: ConnectionRefused,
			say:    []string{"the addresses of ssm refuse", "find out whose addresses 10.0.1.101 and 10.0.3.101 are"},
			never:  []string{"does not answer"},
			change: func(w *world) { w.connects(observation.KindConnectionRefused, 2*ms, "ssm") },
		},
	}
}

func adviceOnRoutes() []advice {
	covered := func(kind observation.Kind) func(*world) {
		return func(w *world) {
			w.Node.OS = "linux"
			w.connects(kind, ms/100, "ssm")
			w.asksKernel(observation.ExperimentUDPConnect, kind, "ssm")
		}
	}
	return []advice{
		{
			name: "a blackhole route", code: RouteNone, change: covered(observation.KindInvalid),
			say: []string{
				"a route of type blackhole covers 10.0.1.101 and 10.0.3.101", "ip route get 10.0.1.101",
				"remove the route of type blackhole that covers 10.0.1.101 and 10.0.3.101 (`ip route show table all`)",
			},
			never: []string{"default route", "VPN"},
		},
		{
			name: "an unreachable route", code: RouteNone, change: covered(observation.KindHostUnreachable),
			say: []string{"a route of type unreachable covers 10.0.1.101"}, never: []string{"default route"},
		},
		{
			name: "no route at all", code: RouteNone, change: covered(observation.KindNoRoute),
			say: []string{"this node has no route to 10.0.1.101", "give this node a route to 10.0.1.101 and 10.0.3.101: a default route"},
		},
		{
			name: "routes of two kinds", code: RouteNone,
			say: []string{"routes of the types blackhole and prohibit cover 10.0.1.101", "remove the routes of the types blackhole and prohibit that cover"},
			change: func(w *world) {
				covered(observation.KindInvalid)(w)
				w.at("ssm").Addresses[1].Connect.Failure.Kind = observation.KindProhibited
			},
		},
		{
			name: "a route that is missing, and one that swallows", code: RouteNone,
			say: []string{"this node has no route to", "give this node a route", "remove a route of type"},
			change: func(w *world) {
				covered(observation.KindInvalid)(w)
				w.at("ssm").Addresses[1].Connect.Failure.Kind = observation.KindNoRoute
			},
		},
		{
			name: "the kinds of routes have other names on Windows", code: RouteNone,
			say: []string{"this node has no route to 10.0.1.101", "remove a persistent route"}, never: []string{"blackhole"},
			change: func(w *world) {
				covered(observation.KindInvalid)(w)
				w.Node.OS = "windows"
			},
		},
	}
}

func adviceOnLegacy() []advice {
	return []advice{
		{
			name: "an old agent needs ec2messages", code: EndpointBlocked,
			say: []string{
				"packets to port 443", "this node's agent is 3.2.2303.0, which needs ec2messages; agents from 3.3.40.0 on do not need it once ssmmessages connects",
				"update the agent to 3.3.40.0 or newer", "restart amazon-ssm-agent",
			},
			change: func(w *world) {
				w.Node.Agent.Version = "3.2.2303.0"
				w.silent("ec2messages")
			},
		},
		{
			name: "an old agent needs ec2messages, which has no endpoint", code: EndpointNotPrivate,
			say: []string{"ec2messages has no private address", "this node's agent is 3.2.2303.0", "create an interface endpoint for com.amazonaws.us-east-2.ec2messages", "update the agent"},
			change: func(w *world) {
				w.Node.Agent.Version = "3.2.2303.0"
				w.resolves("ec2messages", publicOf(2)...)
				w.silent("ec2messages")
			},
		},
		{
			name: "the agent's version is not known", code: EndpointBlocked,
			say: []string{"the agent's version is not known: one before 3.3.40.0 needs ec2messages", "update the agent"},
			change: func(w *world) {
				w.Node.Agent.Version = ""
				w.silent("ec2messages")
			},
		},
		{
			name: "there is no agent", code: EndpointBlocked,
			say: []string{"no agent is installed: one before 3.3.40.0 would need ec2messages", "install agent 3.3.40.0 or newer: it does not need ec2messages"}, no: []fix.Kind{fix.RestartAgent},
			change: func(w *world) {
				w.Node.Agent = observation.Agent{Installed: observation.No}
				w.silent("ec2messages")
			},
		},
		{
			name: "an old Windows needs ec2messages whatever its agent is", code: EndpointBlocked,
			say: []string{"on Windows Server 2012 and older every agent needs ec2messages"}, never: []string{"update"},
			change: func(w *world) {
				w.Node.OS, w.Node.OSVersion = "windows", "6.2.9200"
				w.silent("ec2messages")
			},
		},
		{
			name: "a new agent does without: nothing is said of it", code: EndpointBlocked,
			say: []string{"packets to port 443"}, never: []string{"3.3.40.0"},
			change: func(w *world) { w.silent("ec2messages") },
		},
	}
}

func adviceOnWhoAnswers() []advice {
	anotherService := func(w *world) {
		w.certificate(func(h *observation.Handshake) {
			h.NameMatches, h.Verified = false, false
			h.Certificates = slices.Clone(h.Certificates)
			h.Certificates[0].Names = []string{"*.sqs.us-east-2.amazonaws.com"}
		}, "ssm")
	}
	const record = "correct the record of " + hostSSM + " at 10.0.0.2 (a private hosted zone that is associated with the VPC vpc-1): it points to 10.0.1.101 and 10.0.3.101"
	return []advice{
		{
			name: "another service of AWS answers", code: TLSWrongName, change: anotherService,
			say: []string{
				"what answers for " + hostSSM + " is AWS's endpoint of another service, with a certificate for sqs.us-east-2.amazonaws.com",
				"10.0.3.101:443: the same certificate as at 10.0.1.101:443", "10.0.0.2: " + hostSSM + ": 10.0.1.101 and 10.0.3.101", record,
			},
			never: []string{"portal"},
		},
		{
			name: "a customer of Amazon's answers", code: TLSWrongName,
			say: []string{"what answers for " + hostSSM + " has a certificate for another host", record, "if a captive portal"},
			change: func(w *world) {
				anotherService(w)
				w.each(func(a *observation.AddressObservation) {
					a.Handshake.Certificates[0].Names = []string{"www.example.com"}
				}, "ssm")
			},
		},
		{
			name: "another service of AWS, by the hosts file and DNS alike", code: TLSWrongName,
			say: []string{"/etc/hosts, line 7: 10.0.1.101 " + hostSSM, "remove " + hostSSM + " from /etc/hosts, line 7"}, never: []string{"correct the record"},
			change: func(w *world) {
				w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr("10.0.1.101"), Line: 7}}
				anotherService(w)
			},
		},
		{
			name: "an old certificate at every address", code: TLSExpired,
			say:    []string{"10.0.3.101:443: the same certificate", "find out what answers at 10.0.1.101:443 and 10.0.3.101:443"},
			change: func(w *world) { w.certificate(expire, "ssm") },
		},
		{
			name: "the hosts file pins a public address, and private ones are wanted", code: EndpointNotPrivate,
			say: []string{
				"ssm has no private address", "/etc/hosts, line 7: 52.95.21.1 " + hostSSM,
				"create an interface endpoint", "in any case remove " + hostSSM + " from /etc/hosts, line 7",
			},
			change: func(w *world) {
				w.Plan.Expect = observation.ExpectPrivate
				w.resolves("ssm", publicOf(0)[0])
				w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: netip.MustParseAddr(publicOf(0)[0]), Line: 7}}
			},
		},
		{
			name: "two endpoints are missing", code: EndpointNotPrivate,
			say: []string{
				"turn on the private DNS names of the endpoints that are there",
				"create interface endpoints for com.amazonaws.us-east-2.ssm and com.amazonaws.us-east-2.ssmmessages in the VPC vpc-1, with private DNS names on (charged by the hour); allow 443 from 10.0.2.10 (subnet 10.0.2.0/24) in their security groups",
			},
			never: []string{"hosts"},
			change: func(w *world) {
				w.Plan.Expect = observation.ExpectPrivate
				w.resolves("ssm", publicOf(0)...)
				w.resolves("ssmmessages", publicOf(1)...)
			},
		},
		{
			name: "an SSH server speaks first, and is quoted once", code: TLSNotSpoken,
			say: []string{
				"what answers on port 443 of ssm speaks SSH, not TLS", `10.0.1.101:443 (ssm.us-east-2.amazonaws.com): connected in 1ms, then in the TLS handshake: what answered is not TLS after 3s: "SSH-2.0-OpenSSH_9.2\r\n"`,
				statusOnly, "curl -s --max-time 5 --noproxy '*' telnet://10.0.1.101:443 </dev/null", "find out what listens at 10.0.1.101:443 and 10.0.3.101:443",
			},
			never: []string{`\\r`, "first 64 bytes"},
			change: func(w *world) {
				w.shakes(observation.KindNotTLS, "ssm")
				w.each(func(a *observation.AddressObservation) { a.Handshake.FirstBytes = `"SSH-2.0-OpenSSH_9.2\r\n"` }, "ssm")
			},
		},
		{
			name: "an HTTP server is asked, and what is cut says so", code: TLSNotSpoken,
			say: []string{
				`10.0.1.101:443 (ssm.us-east-2.amazonaws.com): connected in 1ms, then in the TLS handshake: what answered is not TLS after 3s: "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-" (its first 64 bytes)`,
				statusOnly, statusOnly + " --noproxy '*' http://10.0.1.101:443/",
			},
			change: func(w *world) {
				w.shakes(observation.KindNotTLS, "ssm")
				w.each(func(a *observation.AddressObservation) {
					a.Handshake.FirstBytes = `"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-"`
				}, "ssm")
			},
		},
	}
}

// One proxy is one line of evidence, however many targets go through it.
func TestEvidenceOfProxyOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		kind observation.Kind
		udp  observation.Kind
		code Code
	}{
		{"rejected on the path", observation.KindNoRoute, "", ProxyUnreachable},
		{"a route prohibits it", observation.KindProhibited, observation.KindProhibited, RouteNone},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			w.hybrid()
			took := 8 * ms
			w.through("http://10.20.0.80:3128", func(_ string, p *observation.ProxyObservation) {
				took += ms
				p.Tunnel, p.Inside = nil, observation.Stages{}
				p.Connect = &observation.Connect{Elapsed: took, Failure: &observation.Failure{Op: observation.OpConnect, Kind: test.kind}}
				e := observation.Experiment{Kind: observation.ExperimentUDPConnect, Result: observation.Stages{Connect: &observation.Connect{}}}
				if test.udp != "" {
					e.Result.Connect.Failure = &observation.Failure{Op: observation.OpConnect, Kind: test.udp}
				}
				p.Experiments = []observation.Experiment{e}
			})
			for _, f := range Judge(w.Observations).Findings {
				if f.Code != test.code {
					continue
				}
				if len(f.Evidence) > 2 { // the other is of what was not asked for
					t.Errorf("%q", f.Evidence)
				}
				return
			}
			t.Errorf("no %s", test.code)
		})
	}
}

// The role is named once in what to look for.
func TestRoleOfRejectedCredentials(t *testing.T) {
	for _, f := range judged(t, "credentials that have expired", nil).Findings {
		const want = "check in the IAM console that the instance role node-role still exists"
		if f.Code == CredentialsRejected && !strings.HasPrefix(f.Fix[0], want) {
			t.Errorf("%q", f.Fix)
		}
	}
}

// A clock that is slightly wrong can also be checked by hand, and the title says whether
// it is ahead or behind.
func TestClockConfirm(t *testing.T) {
	for behind, want := range map[time.Duration]string{2 * time.Minute: "2 minutes behind", -2 * time.Minute: "2 minutes ahead"} {
		w := healthy()
		w.clock(behind)
		found := false
		for _, f := range Judge(w.Observations).Findings {
			if f.Code != ClockSkew {
				continue
			}
			found = true
			if len(f.Confirm) != 1 || !strings.Contains(f.Title, want) {
				t.Errorf("%s: %+v", want, f)
			}
		}
		if !found {
			t.Errorf("%s: no finding", want)
		}
	}
	evidence := strings.Join(judged(t, "a wrong clock explains the certificates", nil).Findings[0].Evidence, "\n")
	if !strings.Contains(evidence, "expired by this node's clock") {
		t.Error(evidence)
	}
}
