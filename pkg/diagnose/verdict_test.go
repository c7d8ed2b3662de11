package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		world        string
		verdict      Verdict
		capabilities []CapabilityReport
		targets      map[string]TargetReport // only verdict, reason, because and read are compared
	}{
		{"healthy", Pass, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Pass}, {Name: endpoint.SessionManager, Verdict: Pass}, {Name: endpoint.AgentUpdate, Verdict: Pass},
		}, map[string]TargetReport{
			"ssm": {Verdict: Pass}, nameBucket: {Verdict: Pass, Read: "proved"}, "kms": {Verdict: Pass},
		}},
		{"one endpoint's security group", Fail, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Pass},
			{Name: endpoint.SessionManager, Verdict: Fail, Because: []Code{EndpointBlocked}},
			{Name: endpoint.AgentUpdate, Verdict: Pass},
		}, map[string]TargetReport{
			"ssm": {Verdict: Pass}, "ssmmessages": {Verdict: Fail, Because: []Code{EndpointBlocked}},
		}},
		{"one zone is silent", Warn, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Warn, Because: []Code{EndpointPartlyBlocked}},
			{Name: endpoint.SessionManager, Verdict: Warn, Because: []Code{EndpointPartlyBlocked}},
			{Name: endpoint.AgentUpdate, Verdict: Pass},
		}, map[string]TargetReport{"ssm": {Verdict: Warn, Because: []Code{EndpointPartlyBlocked}}}},
		{"an endpoint that nobody asked for", Pass, nil, map[string]TargetReport{
			"kms": {Verdict: Warn, Because: []Code{EndpointBlocked}},
		}},
		{"a Region without ec2messages", Pass, nil, map[string]TargetReport{"ec2messages": {Verdict: Skip, Reason: "launched after 2023"}}},
		{"a name that may be absent is", Pass, nil, map[string]TargetReport{
			"ec2messages": {Verdict: Skip, Reason: "it is not known whether this Region has it"},
		}},
		{"403 without a public object is a pass for the way there", Pass, nil, map[string]TargetReport{
			nameBucket: {Verdict: Pass, Read: "not proved"},
		}},
		{"a bucket whose name is not documented leaves its capability at warn", Warn, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Pass}, {Name: endpoint.SessionManager, Verdict: Pass},
			{Name: endpoint.AgentUpdate, Verdict: Warn, Reason: "cannot be checked here: AWS does not publish its name"},
		}, map[string]TargetReport{"s3:patch": {Verdict: Skip, Reason: "AWS does not publish its name"}}},
		{"private is asked for, and all is public and answers", Fail, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Warn, Because: []Code{EndpointNotPrivate}, Reason: "--expect private was given, and is not met"},
			{Name: endpoint.SessionManager, Verdict: Warn, Because: []Code{EndpointNotPrivate}, Reason: "--expect private was given, and is not met"},
			{Name: endpoint.AgentUpdate, Verdict: Pass},
		}, nil},
		{"the deadline passed, and nothing is wrong so far", Warn, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Warn, Reason: "not decided: the deadline passed"},
			{Name: endpoint.SessionManager, Verdict: Warn, Reason: "not decided: the deadline passed"},
			{Name: endpoint.AgentUpdate, Verdict: Pass},
		}, map[string]TargetReport{"ssm": {Verdict: Skip, Reason: "not decided: the deadline passed"}}},
		{"the trust store was not asked to the end", Warn, nil, map[string]TargetReport{"ssm": {
			Verdict: Skip, Reason: `not decided: the certificate was not verified: "trust store: /etc/ssl/certs/zz.pem: not a regular file"`,
		}}},
		{"metadata is silent, and no name resolves", Fail, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Fail, Because: []Code{IMDSUnreachable, DNSServerSilent}},
			{Name: endpoint.SessionManager, Verdict: Fail, Because: []Code{IMDSUnreachable, DNSServerSilent}},
			{Name: endpoint.AgentUpdate, Verdict: Fail, Because: []Code{IMDSUnreachable, DNSServerSilent}},
		}, nil},
		{"metadata is silent, and S3 is not decided", Fail, []CapabilityReport{
			{Name: endpoint.RunCommand, Verdict: Fail, Because: []Code{IMDSUnreachable}},
			{Name: endpoint.SessionManager, Verdict: Fail, Because: []Code{IMDSUnreachable}},
			{Name: endpoint.AgentUpdate, Verdict: Fail, Because: []Code{IMDSUnreachable}},
		}, nil},
		{"one address refuses, and the other one is undecided", Warn, nil, map[string]TargetReport{
			"ssm": {Verdict: Skip, Reason: "not decided: the deadline passed"},
		}},
		{"the clock is a year behind, and one address is undecided: it is as wrong there", Fail, nil, map[string]TargetReport{
			"ssm": {Verdict: Fail, Because: []Code{ClockSkew}},
		}},
		{"metadata is silent", Fail, nil, map[string]TargetReport{"ssm": {Verdict: Fail, Because: []Code{IMDSUnreachable}}}},
	} {
		t.Run(test.world, func(t *testing.T) {
			r := judged(t, test.world, nil)
			if r.Verdict != test.verdict {
				t.Errorf("verdict %q, want %q", r.Verdict, test.verdict)
			}
			if test.capabilities != nil {
				if diff := cmp.Diff(test.capabilities, r.Capabilities); diff != "" {
					t.Errorf("capabilities (-want +got):\n%s", diff)
				}
			}
			for name, want := range test.targets {
				i := slices.IndexFunc(r.Targets, func(x TargetReport) bool { return x.Name == name })
				got := r.Targets[i]
				got = TargetReport{Verdict: got.Verdict, Reason: got.Reason, Because: got.Because, Read: got.Read}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("target %s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestStrictCountsWarningsAndNothingElse(t *testing.T) {
	for world, want := range map[string]int{
		"healthy":                           0,
		"one zone is silent":                1,
		"an endpoint that nobody asked for": 0,
		"a bucket whose name is not documented leaves its capability at warn": 0,
		"the deadline passed, and nothing is wrong so far":                    3,
		"interrupted with a cause found":                                      3,
		"one endpoint's security group":                                       1,
	} {
		if got := judged(t, world, nil).ExitStatus(true); got != want {
			t.Errorf("%s: status %d with --strict, want %d", world, got, want)
		}
	}
	if got := new(Report).ExitStatus(false); got != 3 {
		t.Errorf("a report that nobody filled: status %d, want 3", got)
	}
}

func TestExpectation(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		want   observation.Expect
		from   string
	}{
		{"private names", func(*world) {}, observation.ExpectPrivate, "10.0.0.2 returns a private address for ssm"},
		{"public names", func(w *world) { w.public() }, observation.ExpectPublic, "no resolver returns"},
		{"given", func(w *world) { w.Plan.Expect = observation.ExpectPublic }, observation.ExpectPublic, "given by --expect"},
		{"at the VPC's resolver alone", func(w *world) {
			w.public()
			w.says(vpcDefault, "ec2messages", "10.0.1.103")
		}, observation.ExpectPrivate, "169.254.169.253 returns a private address for ec2messages"},
		{"in the hosts file", func(w *world) {
			w.public()
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: addrs("10.0.1.250")[0], Line: 3}}
		}, observation.ExpectPrivate, "the hosts file returns a private address for ssm"},
		{"other services do not decide", func(w *world) {
			w.public()
			w.resolves("kms", "10.0.1.104")
		}, observation.ExpectPublic, ""},
		{"an IPv4 address in an IPv6 one", func(w *world) {
			w.public()
			w.says(vpcDefault, "ssm", "64:ff9b::a00:165")
		}, observation.ExpectPrivate, ""},
		{"A decides over AAAA", func(w *world) {
			w.public()
			w.says(vpcDefault, "ssm", "52.95.21.1", "fd00::5")
		}, observation.ExpectPublic, ""},
		{"the VPC's own blocks are private", func(w *world) {
			w.public()
			w.Metadata.VPCBlocks = append(w.Metadata.VPCBlocks, w.Metadata.VPCBlocks[0])
			w.says(vpcDefault, "ssm", "100.64.1.1")
		}, observation.ExpectPrivate, ""},
	} {
		w := healthy()
		test.change(w)
		r := Judge(w.Observations)
		if r.Expect != test.want || !strings.HasPrefix(r.ExpectFrom, test.from) {
			t.Errorf("%s: %s (%s), want %s (%s)", test.name, r.Expect, r.ExpectFrom, test.want, test.from)
		}
	}
}

func TestChannel(t *testing.T) {
	for _, test := range []struct {
		os, osVersion, agent string
		want                 observation.Known
	}{
		{"linux", "", "", observation.Unknown},
		{"linux", "", "3.3.40.0", observation.No},
		{"linux", "", "3.3.1142.0", observation.No},
		{"linux", "", "4.0", observation.No},
		{"linux", "", "3.3.39.99", observation.Yes},
		{"linux", "", "2.3.1644.0", observation.Yes},
		{"linux", "", "unknown", observation.Unknown},
		{"windows", "6.2.9200", "3.3.1142.0", observation.Yes},
		{"windows", "6.1", "3.3.1142.0", observation.Yes},
		{"windows", "6.3.9600", "3.3.1142.0", observation.No},
		{"windows", "10.0.17763", "", observation.Unknown},
	} {
		n := observation.Node{OS: test.os, OSVersion: test.osVersion, Agent: observation.Agent{Version: test.agent}}
		if got := n.NeedsEC2Messages(); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

func TestNotes(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		want   string
	}{
		{"no resolver that knows the VPC", func(w *world) { w.hybrid(); w.public() }, "private names were not compared: no resolver that knows the VPC was asked; on a hybrid node, name one with --vpc-resolver"},
		{"the VPC's resolver is silent", func(w *world) { w.failsAll(vpcDefault, observation.KindTimeout, observation.KindTimeout) }, "private names were not compared: the VPC's resolver 169.254.169.253 did not answer"},
		{"a Region without ec2messages", func(w *world) { w.planned("ec2messages").NotApplicable = "this Region has none" }, "ec2messages is skipped: this Region has none"},
		{"a bucket without a name", func(w *world) { w.planned(nameBucket).NotDocumented = "AWS publishes no name" }, nameBucket + " was not checked: AWS publishes no name"},
		{"more addresses", func(w *world) { w.at("s3").Untried = addrs("3.5.128.12") }, "of the 3 addresses of s3.us-east-2.amazonaws.com 2 were connected to; the others were not"},
		{"S3 and nothing to compare", func(*world) {}, "S3 answers at public addresses: through a gateway endpoint or the internet, which this node cannot tell apart"},
		{"S3 through a gateway", func(w *world) { w.resolves("kms", publicOf(3)...); w.silent("kms") }, "S3 answers at public addresses while others are silent: it has a gateway endpoint, as it should"},
		{"a search list that completes the name first", func(w *world) {
			w.Node.Resolver.Search = []string{"corp.example"}
			w.system("ssm", "10.9.9.9")
			w.at("ssm").Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr("10.9.9.9"), From: []string{"system"}}}
			w.silent("ssm")
		}, "the system's own lookup of " + hostSSM + " gives 10.9.9.9, but no nameserver returns that for this name: the system first completes it (/etc/resolv.conf: search \"corp.example\")"},
		{"metadata not asked", func(w *world) { w.hybrid() }, "instance metadata was not asked: this is no EC2 instance"},
		{"a file that may not be read", func(w *world) {
			w.Node.Registration.Failure = &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied}
		}, "the agent's registration may not be read by this user: its content is not known"},
		{"proxy settings that may not be read", func(w *world) { w.Node.Proxy.Known = observation.No }, "some of the agent's proxy settings cannot be read: whether it uses a proxy is not known"},
		{"proxy settings that are too long", func(w *world) { w.Node.Proxy.Incomplete = "/etc/a.env: more than 1 MiB" }, "whether the agent uses a proxy is not known: /etc/a.env: more than 1 MiB"},
	} {
		w := healthy()
		test.change(w)
		if r := Judge(w.Observations); !slices.Contains(r.Notes, test.want) {
			t.Errorf("%s: no note %q in %q", test.name, test.want, r.Notes)
		}
	}
}

// The proxy resolves the names of what goes through it: the nameservers' answers here
// are not judged, and the report must not say that there were none.
func TestExpectationOfNamesThatGoThroughAProxy(t *testing.T) {
	w := healthy()
	w.through(proxyAt, nil)
	const want = "ssm, ssmmessages and ec2messages go through a proxy, and their names are not judged"
	if r := Judge(w.Observations); r.Expect != observation.ExpectPublic || r.ExpectFrom != want {
		t.Errorf("%s expected: %q, want %q", r.Expect, r.ExpectFrom, want)
	}
	w.planned("ssm").Proxy, w.at("ssm").Proxy = "", nil
	w.resolves("ssm", publicOf(0)...)
	if r := Judge(w.Observations); r.ExpectFrom == want {
		t.Error("ssm goes there directly, and is judged")
	}
}
