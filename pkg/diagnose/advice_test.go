package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A piece of advice: what a finding must say and must not say in a world. Each
// line of say begins a line of the finding, in the finding's order.
type advice struct {
	name   string
	change func(w *world)
	code   Code
	say    []string
	// never: none of these occurs in it.
	never []string
	// kinds are among its actions, no are not.
	kinds, no []fix.Kind
}

// Advice that was once wrong: it could not be followed, or broke what worked.
func TestAdvice(t *testing.T) {
	for _, test := range slices.Concat(adviceOnNames(), adviceOnPaths(), adviceOnRejections(), adviceOnRoutes(), adviceOnLegacy(), adviceOnWhoAnswers(), adviceOnServers(), adviceOnAnswers(), adviceOnSilence(), adviceOnMetadata(), adviceOnProxies(), adviceOnUnusedProxies(), adviceOnRegions()) {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			r := Judge(w.Observations)
			consistent(t, r)
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == test.code })
			if i < 0 {
				t.Fatalf("no %s in %q", test.code, told1(r))
			}
			f := r.Findings[i]
			lines := slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix)
			rest := lines
			for _, say := range test.say {
				at := slices.IndexFunc(rest, func(l string) bool { return strings.HasPrefix(l, say) })
				if at < 0 {
					t.Errorf("no line begins with %q, or not in this place:\n%s", say, strings.Join(lines, "\n"))
					break
				}
				rest = rest[at+1:]
			}
			for _, kind := range test.kinds {
				if !f.proposes(kind) {
					t.Errorf("no action %s: %+v", kind, f.Actions)
				}
			}
			for _, kind := range test.no {
				if f.proposes(kind) {
					t.Errorf("an action %s: %+v", kind, f.Actions)
				}
			}
			for _, never := range test.never {
				if strings.Contains(strings.Join(lines, "\n"), never) {
					t.Errorf("%q stands in it:\n%s", never, strings.Join(lines, "\n"))
				}
			}
		})
	}
}

func (f Finding) proposes(kind fix.Kind) bool {
	return slices.ContainsFunc(f.Actions, func(a fix.Action) bool { return a.Kind == kind })
}

// pins pins a name in the hosts file to an address at which AWS answers.
func (w *world) pins(name, to string) {
	w.Node.Hosts.Entries = append(w.Node.Hosts.Entries, observation.HostsEntry{Name: w.planned(name).Host, Address: netip.MustParseAddr(to), Line: 7})
	w.system(name, to)
	t := w.at(name)
	t.Addresses = append(t.Addresses, observation.AddressObservation{Address: netip.MustParseAddr(to), From: []string{"hosts"}, Stages: w.proven(name)})
}

func adviceOnNames() []advice {
	return []advice{
		{
			name: "the VPC's resolver gives nobody's address: it filters nothing by itself", code: DNSSinkhole,
			change: func(w *world) {
				w.resolves("ssm", "0.0.0.0")
				w.connects(observation.KindConnectionRefused, ms/10, "ssm")
			},
			say: []string{"allow amazonaws.com in Route 53 Resolver DNS Firewall"}, never: []string{"itself (response policy"},
		},
		{
			name: "a pin is the only private address: first a forwarder", code: DNSHostsOverride,
			say:   []string{"first make 10.0.0.2 forward amazonaws.com to the addresses of a Route 53 Resolver inbound endpoint", "then remove " + hostSSM},
			never: []string{"unless"},
			change: func(w *world) {
				w.hybrid()
				w.public()
				w.pins("ssm", "10.0.1.101")
			},
		},
		{
			name: "a dead pin is the only private address", code: DNSHostsOverride,
			say: []string{"unless the public addresses are intended: first make 10.0.0.2 forward amazonaws.com", "then remove " + hostSSM},
			change: func(w *world) {
				w.hybrid()
				w.public()
				w.pins("ssm", "10.0.1.250")
				connectFails(&w.at("ssm").Addresses[2], observation.KindTimeout, 3000*ms)
			},
		},
		{
			name: "a pin is the only private address in a VPC: first the private DNS", code: DNSHostsOverride,
			say:   []string{"first turn on the private DNS names of the interface endpoints for com.amazonaws.us-east-2.ssm", "then remove " + hostSSM},
			never: []string{"forward"},
			change: func(w *world) {
				w.resolves("ssm", publicOf(0)...)
				w.pins("ssm", "10.0.1.101")
			},
		},
		{
			name: "DNS gives private addresses too: the pin can go", code: DNSHostsOverride,
			say: []string{"remove " + hostSSM}, never: []string{"first", "then"},
			change: func(w *world) { w.pins("ssm", "10.0.1.250") },
		},
		{
			name: "a pin to loopback can go", code: DNSHostsOverride,
			say: []string{"remove " + hostSSM}, never: []string{"first make", "then"},
			change: func(w *world) {
				w.public()
				w.pins("ssm", "127.0.0.1")
				w.at("ssm").Addresses = w.at("ssm").Addresses[2:]
				w.connects(observation.KindConnectionRefused, ms/20, "ssm")
			},
		},
	}
}

// fips gives the core services their FIPS names.
func (w *world) fips() {
	for _, name := range []string{"ssm", "ssmmessages", "ec2messages"} {
		p := w.planned(name)
		p.Host, p.FIPS = strings.Replace(p.Host, ".", "-fips.", 1), true
	}
	w.public()
}

func adviceOnPaths() []advice {
	noWayOut := func(w *world) {
		w.fips()
		w.silent(allNames...)
	}
	return []advice{
		{
			name: "a refusal that came at once: the nearest firewall is as quick as this node's own", code: LocalFirewall,
			change: func(w *world) { w.connects(observation.KindConnectionRefused, ms/10, "ssm") },
			say:    []string{"allow TCP port 443 out in this node's packet filter", "if no rule of this node does it: a firewall in its own network segment"},
		},
		{
			name: "EPERM is this node's alone", code: LocalFirewall,
			change: func(w *world) { w.connects(observation.KindNotPermitted, ms/10, "ssm") },
			never:  []string{"network segment"},
		},
		{
			name: "no interface endpoint has a FIPS name", code: EgressBlocked, change: noWayOut,
			say: []string{
				"give this node's subnet 10.0.2.0/24 internet access",
				"use the plain names, with interface endpoints for com.amazonaws.us-east-2.ssm, com.amazonaws.us-east-2.ssmmessages and com.amazonaws.us-east-2.ec2messages, and a gateway endpoint for S3 (com.amazonaws.us-east-2.s3) in the route table of this node's subnet 10.0.2.0/24: omit --fips",
			},
			no: []fix.Kind{fix.CreateEndpoint},
		},
		{
			name: "private addresses outside the VPC: first the zone that names them", code: EndpointBlocked,
			say: []string{"10.99.1.10 lies outside every CIDR block of this VPC", "check whether a private hosted zone with " + hostSSM, "allow TCP 443 from 10.0.2.10"},
			change: func(w *world) {
				w.resolves("ssm", "10.99.1.10")
				w.silent("ssm")
			},
		},
		{
			name: "nothing answers on 443: first the node's own side", code: EndpointBlocked,
			say:    []string{"nothing answers on port 443 at all", "allow TCP 443 out in the node's own security group", "allow TCP 443 from 10.0.2.10"},
			change: func(w *world) { w.silent(allNames...) },
		},
		{
			name: "nothing answers on 443, and so does not S3", code: S3Blocked,
			say: []string{
				"packets to S3's public addresses get no answer either", "nothing answers on port 443 at all",
				"allow TCP 443 out in this node's own firewall", "allow TCP 443 out in the node's own security group", "associate a gateway endpoint", "allow S3's addresses in the network ACL",
			},
			change: func(w *world) { w.silent(allNames...) },
		},
		{
			name: "every endpoint is silent, and S3 answers", code: EndpointBlocked,
			say:    []string{"allow TCP 443 from 10.0.2.10 (subnet 10.0.2.0/24) in the security groups of the interface endpoints of", "allow TCP 443 there", "allow TCP 443 out in the node's own security group", "allow TCP 443 out in this node's own firewall", "check that the endpoints still have"},
			never:  []string{"nothing answers"},
			change: func(w *world) { w.silent(allAPIs...) },
		},
		{
			name: "nothing answers on 443 on premises", code: EndpointBlocked,
			say:   []string{"nothing answers on port 443 at all", "allow TCP 443 out in the firewall of this site"},
			never: []string{"node's own security group"},
			change: func(w *world) {
				w.hybrid()
				w.silent(allNames...)
			},
		},
		{
			name: "two targets of one name of S3 are one name", code: DNSNameMissing,
			say: []string{hostS3 + " does not exist for the nameservers"},
			change: func(w *world) {
				w.fails(vpcPlus2, "s3", observation.KindNXDomain)
				w.fails(vpcDefault, "s3", observation.KindNXDomain)
				w.unresolved(observation.KindNXDomain, "s3", nameBucket)
			},
		},
		{
			name: "two targets of S3 have one endpoint", code: EndpointBlocked,
			say: []string{"allow TCP 443 from 10.0.2.10 (subnet 10.0.2.0/24) in the security group of the interface endpoint of s3"},
			change: func(w *world) {
				w.resolves("s3", "10.0.1.109")
				w.resolves(nameBucket, "10.0.1.109")
				w.silent("s3", nameBucket)
			},
		},
		{
			name: "dead addresses in two zones", code: EndpointPartlyBlocked,
			say: []string{"check the subnets of 10.0.3.101 and 10.0.3.102: their network ACLs must allow TCP 443 from"},
			change: func(w *world) {
				connectFails(&w.at("ssm").Addresses[1], observation.KindTimeout, 3000*ms)
				connectFails(&w.at("ssmmessages").Addresses[1], observation.KindTimeout, 3000*ms)
			},
		},
		{
			name: "a firewall needs every host", code: EgressBlocked,
			say: []string{"allow TCP 443 from 10.0.2.10 (subnet 10.0.2.0/24) to " + hostSSM + ", " + hostMessages + " and " + hostLegacy + " in the firewall"},
			change: func(w *world) {
				w.hybrid()
				w.public()
				w.silent(allNames...)
			},
		},
		{
			name: "openssl is told the name that it must find", code: TLSWrongName,
			say: []string{statusOnly + " --resolve " + hostSSM + ":443:10.0.1.101 https://" + hostSSM, "timeout 10 openssl s_client -connect 10.0.1.101:443 -servername " + hostSSM + " </dev/null 2>/dev/null | openssl x509 -noout -subject"},
			change: func(w *world) {
				w.certificate(func(h *observation.Handshake) { h.NameMatches, h.Verified = false, false }, "ssm")
			},
		},
		{
			name: "the packet filter's own rules are shown", code: LocalFirewall,
			say:    []string{statusOnly, "nft list ruleset | grep -nE 'drop|reject'; iptables -S OUTPUT", "allow TCP port 443 out"},
			change: func(w *world) { w.connects(observation.KindNotPermitted, ms/100, allNames...) },
		},
		{
			name: "the packet filter's own rules are shown, of DNS", code: LocalFirewall,
			say: []string{"dig @10.0.0.2", "nft list ruleset | grep -nE 'drop|reject'; iptables -S OUTPUT", "allow UDP and TCP port 53"},
			change: func(w *world) {
				w.secondServer("10.0.0.54")
				for _, s := range []string{vpcPlus2, "10.0.0.54"} {
					w.failsAll(s, observation.KindNotPermitted, observation.KindNotPermitted)
					w.ask(s).Route = &observation.Failure{Op: observation.OpConnect, Kind: observation.KindNotPermitted}
				}
				w.unresolved(observation.KindTimeout, allNames...)
			},
		},
		{
			name: "an interface endpoint of S3 without dual-stack names", code: S3Blocked,
			say: []string{
				hostS3 + " has private addresses (10.0.1.120)",
				"let the S3 interface endpoint also serve its dual-stack names: set its IP address type and its DNS record type to dualstack",
				"associate a gateway endpoint",
			},
			change: func(w *world) {
				w.resolves("s3", "10.0.1.120")
				w.planned(nameBucket).Host = "s3.dualstack.us-east-2.amazonaws.com"
				w.resolves(nameBucket, "3.5.128.10", "3.5.128.11")
				w.silent(nameBucket)
			},
		},
		{
			name: "dual-stack names of S3 without any interface endpoint", code: S3Blocked,
			say: []string{"associate a gateway endpoint"}, never: []string{"dualstack:", "record type"},
			change: func(w *world) {
				w.planned(nameBucket).Host = "s3.dualstack.us-east-2.amazonaws.com"
				w.resolves(nameBucket, "3.5.128.10", "3.5.128.11")
				w.silent(nameBucket)
			},
		},
		{
			name: "the agent's configuration has the FIPS names, on premises", code: EgressBlocked,
			say:   []string{"allow TCP 443 from 10.0.2.10", "allow TCP 443 out in this node's own firewall", "if the site has a proxy", "use the plain names, with"},
			never: []string{"--fips", "use private addresses here"},
			change: func(w *world) {
				w.hybrid()
				noWayOut(w)
				for _, name := range []string{"ssm", "ssmmessages", "ec2messages"} {
					w.planned(name).FIPS, w.planned(name).Overridden = false, "/etc/amazon/ssm/amazon-ssm-agent.json"
				}
			},
		},
	}
}

func adviceOnServers() []advice {
	own := func(kind, witness observation.Kind) func(*world) {
		return func(w *world) {
			for _, s := range []string{vpcPlus2, vpcDefault} {
				w.failsAll(s, kind, witness)
			}
			w.unresolved(kind, allNames...)
		}
	}
	return []advice{
		{
			name: "the VPC's own resolver is silent", code: DNSServerSilent, change: own(observation.KindTimeout, observation.KindTimeout),
			say:   []string{"turn on DNS support of the VPC (enableDnsSupport): its resolver 10.0.0.2 does not answer"},
			never: []string{"AmazonProvidedDNS"},
		},
		{
			name: "the VPC's own resolver fails for everything", code: DNSServerFails, change: own(observation.KindServFail, observation.KindServFail),
			say:   []string{"10.0.0.2 is the VPC's own resolver: look for a Route 53 Resolver rule for all names (.)"},
			never: []string{"AmazonProvidedDNS", "its own log"},
		},
		{
			name: "the VPC's own resolver fails for AWS's names", code: DNSForwarderBroken, change: own(observation.KindServFail, ""),
			say:   []string{"10.0.0.2 is the VPC's own resolver: look for a Route 53 Resolver rule for amazonaws.com that is associated with the VPC"},
			never: []string{"it should be 10.0.0.2", "if it is a Route 53 Resolver inbound endpoint"},
		},
	}
}

func adviceOnMetadata() []advice {
	fails := func(kind observation.Kind, status int) func(*world) {
		return func(w *world) {
			w.Metadata = observation.Metadata{Asked: true, Status: status, Elapsed: ms, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: kind}}
		}
	}
	registered := func(change func(*world)) func(*world) {
		return func(w *world) {
			change(w)
			w.Node.Registration = observation.Registration{Path: "/var/lib/amazon/ssm/registration", InstanceID: "mi-0123456789abcdef0", Region: "us-east-2"}
		}
	}
	enable := "modify-instance-metadata-options"
	return []advice{
		{
			name: "metadata is silent: what lies on this node comes first", code: IMDSUnreachable, change: fails(observation.KindTimeout, 0),
			say: []string{"instance metadata does not answer", "remove the rule of this node's packet filter", "remove a route on this node", "turn on the instance's metadata service"},
		},
		{
			name: "a route prohibits metadata", code: IMDSUnreachable, change: fails(observation.KindProhibited, 0),
			say:   []string{"this node has no route to instance metadata", "ip route get 169.254.169.254", "remove a route on this node"},
			never: []string{enable, "packet filter"},
		},
		{
			name: "no route to metadata", code: IMDSUnreachable, change: fails(observation.KindNoRoute, 0),
			say: []string{"this node has no route to instance metadata"}, never: []string{enable},
		},
		{
			name: "a packet filter refuses metadata", code: IMDSUnreachable, change: fails(observation.KindNotPermitted, 0),
			say:   []string{"this node's own packet filter keeps instance metadata away (EPERM)", "remove the rule of this node's packet filter"},
			never: []string{enable, "remove a route"},
		},
		{
			name: "what a box says is quoted once", code: IMDSUnreachable,
			say: []string{`something other`, `http://169.254.169.254/latest/api/token: something other than metadata answers: "<html>"`},
			change: func(w *world) {
				fails(observation.KindStatus, 200)(w)
				w.Metadata.Foreign = `"<html>"`
			},
		},
		{
			name: "the status tells that there is no role", code: RoleMissing,
			say:    []string{`curl -sS -o /dev/null -w 'HTTP %{http_code}\n' -m 2 --noproxy '*' http://169.254.169.254/latest/meta-data/iam/info`},
			change: func(w *world) { w.Metadata.Role = observation.No },
		},
		{
			name: "a registered node does without metadata", code: IMDSUnreachable, change: registered(fails(observation.KindTimeout, 0)),
			say: []string{"instance metadata does not answer", "nothing:"}, never: []string{"no identity"}, no: []fix.Kind{fix.SetMetadataOptions},
		},
		{
			name: "a registered node does without metadata that is switched off", code: IMDSDisabled, change: registered(fails(observation.KindStatus, 403)),
			say: []string{"instance metadata is switched off", "nothing:"}, never: []string{"no identity"}, no: []fix.Kind{fix.SetMetadataOptions},
		},
	}
}
