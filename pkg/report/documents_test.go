package report_test

import (
	"net/netip"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The documents below are built by hand, and stand for what a run gives: every
// format renders the same ones.

const region = "us-east-2"

func ms(f float64) observation.Elapsed { return observation.Elapsed(f * float64(time.Millisecond)) }

func host(service string) string { return service + "." + region + ".amazonaws.com" }

// reached is an address where AWS answered.
func reached(class observation.Class, address string) observation.AddressObservation {
	return observation.AddressObservation{
		Address: netip.MustParseAddr(address), Class: class, From: []string{"system", "10.0.0.2"},
		Stages: observation.Stages{
			Connect: &observation.Connect{Local: netip.MustParseAddr("10.0.1.20"), Elapsed: ms(0.4)},
			Handshake: &observation.Handshake{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Elapsed: ms(3.2),
				NameMatches: true, InTime: true, Trusted: true, Verified: true},
			Reply: &observation.Reply{Request: "GET /", Elapsed: ms(12.3), Status: 404, RequestID: "0f5b7a9e-1111-2222-3333-444455556666"},
		},
	}
}

// silent is an address that does not answer.
func silent(class observation.Class, address string) observation.AddressObservation {
	return observation.AddressObservation{
		Address: netip.MustParseAddr(address), Class: class, From: []string{"system"},
		Stages: observation.Stages{Connect: &observation.Connect{Elapsed: ms(3000),
			Failure: &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout, Text: "dial tcp " + address + ":443: i/o timeout"}}},
	}
}

func planned(name, host string, asked bool) observation.PlannedTarget {
	return observation.PlannedTarget{Target: endpoint.Target{Name: name, Host: host, Port: 443}, Asked: asked}
}

func judged(v diagnose.Verdict, name, host string, asked bool, because ...diagnose.Code) diagnose.TargetReport {
	return diagnose.TargetReport{Name: name, Host: host, Port: 443, Asked: asked, Verdict: v, Because: because}
}

func can(v diagnose.Verdict, c endpoint.Capability, because ...diagnose.Code) diagnose.CapabilityReport {
	return diagnose.CapabilityReport{Name: c, Verdict: v, Because: because}
}

const (
	s3Host    = "s3.us-east-2.amazonaws.com"
	s3Bucket  = "s3:amazon-ssm-us-east-2"
	patchName = "s3:patch-baseline-snapshot-us-east-2"
)

// healthy is an EC2 instance in a VPC with interface endpoints.
func healthy() *report.Document {
	started := time.Date(2026, 1, 2, 15, 4, 5, 123_000_000, time.UTC)
	server := observation.PlannedServer{Address: netip.MustParseAddrPort("10.0.0.2:53"), Role: observation.RoleConfigured, From: "/etc/resolv.conf"}
	o := &observation.Observations{
		StartedAt: started, Duration: ms(212.4), Ending: observation.EndingComplete,
		Plan: observation.Plan{
			Region: region, RegionFrom: "instance metadata", Partition: "aws",
			Capabilities: []endpoint.Capability{endpoint.RunCommand, endpoint.SessionManager, endpoint.AgentUpdate},
			Needs: map[endpoint.Capability][]endpoint.Need{
				endpoint.RunCommand: {{"ssm"}, {"ssmmessages"}}, endpoint.SessionManager: {{"ssm"}, {"ssmmessages"}},
				endpoint.AgentUpdate: {{"s3"}, {s3Bucket}}, endpoint.PatchManager: {{patchName}},
			},
			Targets: []observation.PlannedTarget{
				planned("ssm", host("ssm"), true), planned("ssmmessages", host("ssmmessages"), true), planned("s3", s3Host, true),
				planned(s3Bucket, s3Host, true), planned("ec2messages", host("ec2messages"), false), planned("kms", host("kms"), false),
				planned("logs", host("logs"), false),
			},
			Servers: []observation.PlannedServer{server},
			Timeout: ms(3000), Deadline: ms(15000), AskMetadata: true,
		},
		Node: observation.Node{Kind: observation.NodeEC2, KindFrom: "/sys/class/dmi/id/sys_vendor: Amazon EC2", OS: "linux", Arch: "amd64"},
		Metadata: observation.Metadata{Asked: true, Connected: true, Status: 200, InstanceID: "i-0123456789abcdef0", Region: region,
			VPCBlocks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}, Elapsed: ms(4)},
		Servers: []observation.ServerObservation{{PlannedServer: server}},
		Targets: []observation.TargetObservation{
			{Name: "ssm", Addresses: []observation.AddressObservation{reached(observation.ClassPrivate, "10.0.1.101")}},
			{Name: "ssmmessages", Addresses: []observation.AddressObservation{
				reached(observation.ClassPrivate, "10.0.1.102"), reached(observation.ClassPrivate, "10.0.2.102"), reached(observation.ClassPrivate, "10.0.3.102")}},
			{Name: "s3", Addresses: []observation.AddressObservation{reached(observation.ClassPublic, "52.219.96.10")},
				Untried: []netip.Addr{netip.MustParseAddr("52.219.96.12")}},
			{Name: s3Bucket, Addresses: []observation.AddressObservation{reached(observation.ClassPublic, "52.219.96.10")}},
			{Name: "ec2messages", Addresses: []observation.AddressObservation{reached(observation.ClassPrivate, "10.0.1.103")}},
			{Name: "kms", Addresses: []observation.AddressObservation{reached(observation.ClassPrivate, "10.0.1.104")}},
			{Name: "logs", Addresses: []observation.AddressObservation{reached(observation.ClassPrivate, "10.0.1.105")}},
		},
	}
	for _, t := range o.Targets {
		h := host(t.Name)
		if t.Name == s3Bucket {
			continue
		}
		var all []netip.Addr
		for _, a := range t.Addresses {
			all = append(all, a.Address)
		}
		o.System = append(o.System, observation.SystemLookup{Host: h, Addresses: all, Elapsed: ms(2.7)})
		o.Servers[0].Answers = append(o.Servers[0].Answers,
			observation.Answer{Name: h, Type: "A", Rcode: "NOERROR", Addresses: all, Transport: "udp", Sent: 1, Elapsed: ms(2.5)},
			observation.Answer{Name: h, Type: "AAAA", Rcode: "NOERROR", Transport: "udp", Sent: 1, Elapsed: ms(2.6),
				Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNoAddress}})
	}
	r := &diagnose.Report{
		Verdict: diagnose.Pass,
		Node: diagnose.Node{Kind: observation.NodeEC2, Region: region, RegionFrom: "instance metadata", Partition: "aws",
			Hostname: "web-1", InstanceID: "i-0123456789abcdef0", Address: "10.0.2.10", VPCID: "vpc-0123456789abcdef0",
			SubnetID: "subnet-0123456789abcdef0"},
		Expect: observation.ExpectPrivate, ExpectFrom: "10.0.0.2 gives ssm a private address",
		Capabilities: []diagnose.CapabilityReport{can(diagnose.Pass, endpoint.RunCommand), can(diagnose.Pass, endpoint.SessionManager),
			can(diagnose.Pass, endpoint.AgentUpdate)},
		Targets: []diagnose.TargetReport{
			judged(diagnose.Pass, "ssm", host("ssm"), true), judged(diagnose.Pass, "ssmmessages", host("ssmmessages"), true),
			judged(diagnose.Pass, "s3", s3Host, true), judged(diagnose.Pass, s3Bucket, s3Host, true),
			judged(diagnose.Pass, "ec2messages", host("ec2messages"), false),
			judged(diagnose.Pass, "kms", host("kms"), false), judged(diagnose.Pass, "logs", host("logs"), false),
		},
		Findings: []diagnose.Finding{},
		Notes:    []string{"s3: gateway endpoint or internet, cannot be told from here"},
	}
	return report.New("1.2.3", r, o)
}

// broken is the same instance; the security group of ssmmessages' endpoint
// drops its packets.
func broken() *report.Document {
	d := healthy()
	o := d.Observations
	d.Duration, o.Duration = ms(3021), ms(3021)
	o.Targets[1].Addresses = []observation.AddressObservation{silent(observation.ClassPrivate, "10.0.1.102"), silent(observation.ClassPrivate, "10.0.2.102")}
	d.Verdict = diagnose.Fail
	d.Capabilities[1] = can(diagnose.Fail, endpoint.SessionManager, "endpoint-blocked")
	d.Targets[1] = judged(diagnose.Fail, "ssmmessages", host("ssmmessages"), true, "endpoint-blocked")
	d.Findings = []diagnose.Finding{{
		Code: "endpoint-blocked", Severity: diagnose.Error, Targets: []string{"ssmmessages"},
		Title: "the private addresses of ssmmessages give no answer on port 443",
		Evidence: []string{
			"10.0.1.102:443: no answer in 3s", "10.0.2.102:443: no answer in 3s",
			"ssm answers at 10.0.1.101:443 in 0.4ms, so this node can reach endpoints of the VPC",
		},
		Confirm: []string{"nc -vz -w 3 10.0.1.102 443", "curl -sv --connect-timeout 3 --resolve ssmmessages.us-east-2.amazonaws.com:443:10.0.1.102 https://ssmmessages.us-east-2.amazonaws.com/", "nc -vz -w 3 10.0.1.101 443"},
		Checks: []diagnose.Check{
			{Command: "nc -vz -w 3 10.0.1.102 443", Expect: "times out"},
			{Command: "curl -sv --connect-timeout 3 --resolve ssmmessages.us-east-2.amazonaws.com:443:10.0.1.102 https://ssmmessages.us-east-2.amazonaws.com/", Expect: "times out"},
			{Command: "nc -vz -w 3 10.0.1.101 443", Expect: "succeeded", Control: true},
		},
		FixMode: diagnose.DoAll,
		Actions: []fix.Action{{Kind: fix.RestartAgent}},
		Fix: []string{
			"allow TCP 443 from 10.0.1.0/24 in the security group of the VPC endpoint com.amazonaws.us-east-2.ssmmessages",
			"allow TCP 443 to 10.0.1.102 and 10.0.2.102, and TCP 1024–65535 back, in the network ACLs of the endpoint's subnets",
			"restart amazon-ssm-agent after the fix: it may otherwise wait up to an hour",
		},
	}}
	return d
}

// resolver is a hybrid server whose name server knows no private name; nothing
// asked for works, and a look beside found more.
func resolver() *report.Document {
	d := healthy()
	o := d.Observations
	o.Node.Kind, o.Node.KindFrom = observation.NodeHybrid, "/sys/class/dmi/id/sys_vendor: QEMU"
	d.Node = diagnose.Node{Kind: observation.NodeHybrid, Region: region, RegionFrom: "--region", Partition: "aws"}
	gone := &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain, Text: "no such host"}
	for i := range o.System {
		if o.System[i].Host != s3Host {
			o.System[i].Addresses, o.System[i].Failure = nil, gone
		}
	}
	for i, t := range o.Targets {
		if t.Name == "s3" || t.Name == s3Bucket {
			continue
		}
		o.Targets[i].Addresses = nil
		d.Targets[i].Verdict, d.Targets[i].Because = diagnose.Fail, []diagnose.Code{"dns-forwarder-missing"}
	}
	o.Node.Proxy = observation.ProxyConfig{From: "the agent's unit", Known: observation.Yes, HTTPS: "http://user:***@proxy.example.com:3128"}
	d.Targets[3].Verdict, d.Targets[3].Because = diagnose.Fail, []diagnose.Code{"s3-policy-denies"}
	o.Targets[3].Addresses[0].Reply.Status = 403
	d.Verdict = diagnose.Fail
	d.Capabilities = []diagnose.CapabilityReport{
		can(diagnose.Fail, endpoint.RunCommand, "dns-forwarder-missing"), can(diagnose.Fail, endpoint.SessionManager, "dns-forwarder-missing"),
		can(diagnose.Fail, endpoint.AgentUpdate, "s3-policy-denies")}
	d.Findings = []diagnose.Finding{
		{
			Code: "dns-forwarder-missing", Severity: diagnose.Error, Targets: []string{"ssm", "ssmmessages"},
			Title:    "10.0.0.2 forwards no name of the VPC's endpoints to the VPC's resolver",
			Evidence: []string{"10.0.0.2: ssm.us-east-2.amazonaws.com: NXDOMAIN (2.5ms)", "10.8.0.10: ssm.us-east-2.amazonaws.com: 10.0.1.101 (31ms)"},
			Confirm:  []string{"dig @10.0.0.2 ssm.us-east-2.amazonaws.com +short", "dig @10.8.0.10 ssm.us-east-2.amazonaws.com +short"},
			Fix:      []string{"on 10.0.0.2, forward us-east-2.amazonaws.com to the Route 53 Resolver inbound endpoint 10.8.0.10"},
		},
		{
			Code: "s3-policy-denies", Severity: diagnose.Error, Targets: []string{s3Bucket},
			Title:    "an endpoint policy denies the public object amazon-ssm-us-east-2/latest/VERSION",
			Evidence: []string{"52.219.96.10: 403 AccessDenied"},
			Fix:      []string{"allow s3:GetObject on arn:aws:s3:::amazon-ssm-us-east-2/* in the policy of the S3 endpoint"},
		},
		{Code: "clock-skew", Severity: diagnose.Warning, Targets: []string{}, Title: "the clock of this node is 72s behind AWS's",
			Evidence: []string{"s3: Date 2026-01-02 15:05:17"}, Fix: []string{"start chronyd"}},
		{Code: "dns-forwarder-missing", Severity: diagnose.Info, Targets: []string{"kms", "logs"}, Title: "kms and logs have no private address either"},
	}
	d.Notes = append(d.Notes, "aws-ssm-us-east-2 was not read: nothing asked for needs it")
	return d
}

// undecided is a run that its deadline ended before anything was known.
func undecided() *report.Document {
	d := healthy()
	o := d.Observations
	o.Ending = observation.EndingDeadline
	o.Targets[0].Addresses[0].Stages = observation.Stages{Connect: &observation.Connect{Elapsed: ms(700),
		Failure: &observation.Failure{Op: observation.OpConnect, Kind: observation.KindUndecided}}}
	d.Verdict, d.Undecided = diagnose.Warn, true
	d.Targets[0].Verdict, d.Targets[0].Reason = diagnose.Warn, "not decided: the deadline passed"
	for i := range 2 {
		d.Capabilities[i].Verdict, d.Capabilities[i].Reason = diagnose.Warn, "not decided: the deadline passed"
	}
	return d
}

// warned is a run with every odd thing that still works: a skipped target, a
// proxy, an IPv6 address, a certificate that does not verify.
func warned() *report.Document {
	d := healthy()
	o := d.Observations
	d.Verdict = diagnose.Warn
	d.Capabilities[1] = can(diagnose.Warn, endpoint.SessionManager, "tls-intercepted")
	d.Targets[1].Verdict, d.Targets[1].Because = diagnose.Warn, []diagnose.Code{"tls-intercepted"}
	h := *o.Targets[1].Addresses[0].Handshake
	h.Verified, h.Trusted = false, false
	h.Certificates = []observation.Certificate{{Issuer: "CN=Zscaler Intermediate Root CA,O=Zscaler Inc."}}
	o.Targets[1].Addresses[0].Handshake = &h
	o.Targets[2].Addresses = nil
	inside := reached(observation.ClassPublic, "52.219.96.10").Stages
	inside.Connect = nil
	o.Targets[2].Proxy = &observation.ProxyObservation{URL: "http://proxy.example.com:3128", Address: netip.MustParseAddrPort("10.9.0.1:3128"),
		Lookup:  &observation.SystemLookup{Host: "proxy.example.com", Elapsed: ms(1)},
		Connect: &observation.Connect{Elapsed: ms(0.7)}, Tunnel: &observation.Reply{Request: "CONNECT", Status: 200, Elapsed: ms(8)}, Inside: inside}
	d.Targets[3].Read = "not proved"
	o.Targets[0].Addresses = append(o.Targets[0].Addresses, reached(observation.ClassPublic, "2600:1f60:8000:1234:5678:9abc:def0:1234"))
	d.Targets[4].Verdict, d.Targets[4].Reason = diagnose.Skip, "not offered in this Region, which was launched in 2024 or later"
	d.Targets = append(d.Targets, diagnose.TargetReport{Name: patchName, Host: s3Host, Port: 443, Asked: true,
		Verdict: diagnose.Skip, Reason: "the name of the bucket is not documented for this Region"})
	d.Findings = []diagnose.Finding{{Code: "tls-intercepted", Severity: diagnose.Warning, Targets: []string{"ssmmessages"},
		Title:    "a box opens the TLS connections to ssmmessages (Zscaler)",
		Evidence: []string{"10.0.1.102:443 shows a certificate issued by \"CN=Zscaler Intermediate Root CA,O=Zscaler Inc.\""},
		Confirm:  []string{"openssl s_client -connect 10.0.1.102:443 -servername ssmmessages.us-east-2.amazonaws.com </dev/null"},
		Fix:      []string{"except *.us-east-2.amazonaws.com from TLS inspection"}}}
	return d
}
