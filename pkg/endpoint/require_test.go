package endpoint

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(ts []Target) []string {
	var names []string
	for _, t := range ts {
		names = append(names, t.Name)
	}
	return names
}

func find(t *testing.T, ts []Target, name string) Target {
	t.Helper()
	i := slices.IndexFunc(ts, func(t Target) bool { return t.Name == name })
	if i < 0 {
		t.Fatalf("no target %s among %v", name, names(ts))
	}
	return ts[i]
}

// TestNeeds is the contract's table of capabilities, in Ohio and in Mexico,
// which has no ec2messages and no published snapshot bucket.
func TestNeeds(t *testing.T) {
	const ohio, mexico = "us-east-2", "mx-central-1"
	ssm, both, messages := Need{"ssm"}, Need{"ssmmessages", "ec2messages"}, Need{"ssmmessages"}
	for _, tt := range []struct {
		region     string
		capability Capability
		options    Options
		want       []Need
	}{
		{ohio, RunCommand, Options{}, []Need{ssm, both}},
		{mexico, RunCommand, Options{}, []Need{ssm, messages}},
		{ohio, SessionManager, Options{}, []Need{ssm, messages}},
		{ohio, AgentUpdate, Options{}, []Need{{"s3"}, {"s3:amazon-ssm-us-east-2"}}},
		{ohio, PatchManager, Options{}, []Need{ssm, both, {"s3-dualstack"}, {"s3:aws-ssm-us-east-2"}, {"s3:patch-baseline-snapshot-us-east-2"}}},
		{ohio, PatchManager, Options{Windows: true}, []Need{ssm, both, {"s3-dualstack"}, {"s3:aws-ssm-us-east-2"}, {"s3:patch-baseline-snapshot-us-east-2"}, {"s3:aws-windows-downloads-us-east-2"}}},
		{mexico, PatchManager, Options{}, []Need{ssm, messages, {"s3-dualstack"}, {"s3:aws-ssm-mx-central-1"}, {"s3:patch-baseline-snapshot"}}},
		{"us-gov-west-1", PatchManager, Options{}, []Need{ssm, both, {"s3-fips"}, {"s3:aws-ssm-us-gov-west-1"}, {"s3:patch-baseline-snapshot"}}},
		{"cn-north-1", PatchManager, Options{}, []Need{ssm, both, {"s3"}, {"s3:aws-ssm-cn-north-1"}, {"s3:patch-baseline-snapshot"}}},
		{ohio, Distributor, Options{}, []Need{ssm, both, {"s3"}}},
		{ohio, Distributor, Options{OldDistributor: true}, []Need{ssm, both, {"s3"}, {"s3:us-east-2-birdwatcher-prod"}}},
		{"af-south-1", Distributor, Options{OldDistributor: true}, []Need{ssm, both, {"s3"}, {"s3:aws-ssm-distributor-file-af-south-1"}}},
		{ohio, Distributor, Options{FIPS: true}, []Need{ssm, both, {"s3:amazon-ssm-us-east-2"}}},
		{ohio, AgentUpdate, Options{FIPS: true}, []Need{{"s3:amazon-ssm-us-east-2"}}},
		{ohio, VSSSnapshot, Options{}, []Need{ssm, both, {"ec2"}}},
		{ohio, KMSEncryption, Options{}, []Need{{"kms"}}},
		{ohio, CloudWatchLogs, Options{}, []Need{{"logs"}}},
		{ohio, CloudWatchMetrics, Options{}, []Need{{"monitoring"}}},
		{ohio, HybridActivation, Options{}, []Need{ssm, {"s3:amazon-ssm-us-east-2"}}},
		{ohio, HybridActivation, Options{AgentInstalled: true}, []Need{ssm}},
	} {
		req := Require(lookup(t, tt.region), []Capability{tt.capability}, tt.options)
		if diff := cmp.Diff(map[Capability][]Need{tt.capability: tt.want}, req.Needs); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", tt.capability, tt.region, diff)
		}
	}
}

func TestEveryNeedIsATarget(t *testing.T) {
	for _, region := range append(Regions(), "xx-name-1") {
		for _, o := range []Options{{}, {Windows: true}, {FIPS: true}, {DualStack: true}, {AgentInstalled: true}, {OldDistributor: true}} {
			req := Require(lookup(t, region), Capabilities(), o)
			seen := make(map[string]bool)
			for _, target := range req.Targets {
				if seen[target.Name] {
					t.Errorf("%s: %s is listed twice", region, target.Name)
				}
				seen[target.Name] = true
				if target.Port != 443 || target.Host == "" || target.Purpose == "" || target.Service == "" {
					t.Errorf("%s: incomplete target %+v", region, target)
				}
				if bucket := strings.HasPrefix(target.Name, "s3:"); bucket != (target.Bucket != "" || target.NotDocumented != "") {
					t.Errorf("%s: target %s has bucket %q", region, target.Name, target.Bucket)
				}
			}
			for capability, needs := range req.Needs {
				if len(needs) == 0 {
					t.Errorf("%s: %s needs nothing", region, capability)
				}
				for _, need := range needs {
					for _, name := range need {
						if !seen[name] {
							t.Errorf("%s: %s needs %s, which is no target", region, capability, name)
						}
					}
				}
			}
		}
	}
}

func TestDefaultRun(t *testing.T) {
	r := lookup(t, "us-east-2")
	asked := Require(r, DefaultCapabilities(), Options{})
	if diff := cmp.Diff([]string{"ssm", "ssmmessages", "ec2messages", "s3", "s3:amazon-ssm-us-east-2"}, names(asked.Targets)); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	want := []string{"s3-dualstack", "s3:aws-ssm-us-east-2", "s3:patch-baseline-snapshot-us-east-2", "kms", "logs", "ec2"}
	if diff := cmp.Diff(want, names(Optional(r, asked, Options{}))); diff != "" {
		t.Errorf("beside (-want +got):\n%s", diff)
	}
	if got := find(t, asked.Targets, "s3:amazon-ssm-us-east-2"); got.PublicKey != "latest/VERSION" || got.Host != "s3.us-east-2.amazonaws.com" {
		t.Errorf("agent bucket: %+v", got)
	}
	for _, target := range asked.Targets {
		if target.WebSocket != (target.Name == "ssmmessages") {
			t.Errorf("%s: WebSocket %v", target.Name, target.WebSocket)
		}
	}
}

func TestOptional_repeatsNothing(t *testing.T) {
	for _, region := range Regions() {
		r := lookup(t, region)
		asked := Require(r, DefaultCapabilities(), Options{})
		for _, target := range Optional(r, asked, Options{}) {
			if slices.Contains(names(asked.Targets), target.Name) {
				t.Errorf("%s: %s is asked for already", region, target.Name)
			}
		}
		messages := Require(r, []Capability{SessionManager}, Options{})
		find(t, Optional(r, messages, Options{}), "ec2messages")
	}
}

func TestEC2MessagesByRegion(t *testing.T) {
	for _, tt := range []struct {
		region                 string
		options                Options
		notApplicable, mayMiss bool
	}{
		{"us-east-2", Options{}, false, false},
		{"ca-west-1", Options{FIPS: true}, false, false},
		{"cn-north-1", Options{}, false, false},
		{"us-gov-east-1", Options{}, false, false},
		{"mx-central-1", Options{}, true, false},
		{"ap-southeast-5", Options{}, true, false},
		{"eusc-de-east-1", Options{DualStack: true}, true, false},
		{"us-iso-east-1", Options{}, false, true},
		{"xx-name-1", Options{}, false, true},
		{"us-west-1", Options{DualStack: true}, false, true},
	} {
		req := Require(lookup(t, tt.region), []Capability{RunCommand}, tt.options)
		got := find(t, req.Targets, "ec2messages")
		if (got.NotApplicable != "") != tt.notApplicable || (got.MayBeAbsent != "") != tt.mayMiss {
			t.Errorf("%s: not applicable %q, may be absent %q", tt.region, got.NotApplicable, got.MayBeAbsent)
		}
		inNeed := slices.Contains(req.Needs[RunCommand][1], "ec2messages")
		if inNeed == tt.notApplicable {
			t.Errorf("%s: an alternative to ssmmessages: %v", tt.region, inNeed)
		}
	}
}

func TestPatchHosts(t *testing.T) {
	for _, tt := range []struct{ region, target, host string }{
		{"us-east-2", "s3-dualstack", "s3.dualstack.us-east-2.amazonaws.com"},
		{"us-gov-west-1", "s3-fips", "s3-fips-us-gov-west-1.amazonaws.com"},
		{"cn-northwest-1", "s3", "s3.cn-northwest-1.amazonaws.com.cn"},
		{"eusc-de-east-1", "s3-dualstack", "s3.dualstack.eusc-de-east-1.amazonaws.eu"},
		{"us-iso-east-1", "s3", "s3.us-iso-east-1.c2s.ic.gov"},
	} {
		// The patch documents know nothing of the agent's domain.
		for _, o := range []Options{{}, {Domain: "aws.example.net"}} {
			req := Require(lookup(t, tt.region), []Capability{PatchManager}, o)
			bucket := find(t, req.Targets, "s3:aws-ssm-"+tt.region)
			if bucket.Host != tt.host || bucket.Foreign {
				t.Errorf("%s, %+v: patching reads at %+v, want %s", tt.region, o, bucket, tt.host)
			}
		}
		if got := find(t, Require(lookup(t, tt.region), []Capability{PatchManager}, Options{}).Targets, tt.target); got.Host != tt.host {
			t.Errorf("%s: %s is %s, want %s", tt.region, tt.target, got.Host, tt.host)
		}
	}
}

func TestOwnBuckets(t *testing.T) {
	r := lookup(t, "us-east-2")
	req := Require(r, []Capability{AgentUpdate}, Options{Buckets: []string{"logs-of-mine", "amazon-ssm-us-east-2", "logs-of-mine"}})
	if diff := cmp.Diff([]string{"s3", "s3:amazon-ssm-us-east-2", "s3:logs-of-mine"}, names(req.Targets)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	own := find(t, req.Targets, "s3:logs-of-mine")
	if own.Bucket != "logs-of-mine" || own.PublicKey != "" || own.Host != "logs-of-mine.s3.us-east-2.amazonaws.com" {
		t.Errorf("own bucket: %+v", own)
	}
	// The managed bucket keeps the object that anyone may read.
	if got := find(t, req.Targets, "s3:amazon-ssm-us-east-2"); got.PublicKey == "" {
		t.Errorf("managed bucket: %+v", got)
	}
}

func TestFIPSIsSetWhereTheNameDiffers(t *testing.T) {
	fips := Options{FIPS: true}
	for _, tt := range []struct {
		region string
		o      Options
		want   bool
	}{
		{"us-east-2", fips, true},
		{"us-east-2", Options{}, false},
		{"eu-west-1", fips, false},
		{"us-gov-west-1", fips, false},
	} {
		req := Require(lookup(t, tt.region), []Capability{SessionManager}, tt.o)
		if got := find(t, req.Targets, "ssm").FIPS; got != tt.want {
			t.Errorf("ssm in %s, %+v: FIPS %v", tt.region, tt.o, got)
		}
	}
}

func TestWithHost(t *testing.T) {
	r := lookup(t, "mx-central-1")
	target := find(t, Require(r, []Capability{RunCommand}, Options{}).Targets, "ec2messages")
	own := target.WithHost("vpce-0a1-2b3.ec2messages.mx-central-1.vpce.amazonaws.com", "--endpoint")
	if own.Foreign || own.Overridden != "--endpoint" || own.NotApplicable != "" {
		t.Errorf("the name of a VPC endpoint: %+v", own)
	}
	if other := target.WithHost("gateway.corp.example", "--endpoint"); !other.Foreign {
		t.Errorf("a name that is not AWS's: %+v", other)
	}
	if target.Overridden != "" || target.NotApplicable == "" {
		t.Errorf("the target itself changed: %+v", target)
	}
}

func TestWithHostKnowsFIPSNames(t *testing.T) {
	for _, r := range Regions() {
		region := lookup(t, r)
		for _, dual := range []bool{false, true} {
			fips := Options{FIPS: true, DualStack: dual}
			for _, s := range []Service{SSM, SSMMessages, EC2Messages, KMS, Logs, EC2, Monitoring, S3} {
				host := Host(s, region, fips)
				want := host != Host(s, region, Options{DualStack: dual})
				if got := (Target{}).WithHost(host, "the agent"); got.FIPS != want {
					t.Errorf("%s: FIPS %v, want %v", host, got.FIPS, want)
				}
			}
		}
	}
	for host, want := range map[string]bool{
		"s3-fips-us-gov-west-1.amazonaws.com":               true,
		"logs.s3-fips.us-east-2.amazonaws.com":              true,
		"logs.s3.us-east-2.amazonaws.com":                   false,
		"ssm-fips.corp.example":                             false,
		"vpce-1-2.kms-fips.us-east-2.vpce.amazonaws.com":    false,
		"vpce-1-2.ssmmessages.us-east-2.vpce.amazonaws.com": false,
	} {
		if got := (Target{FIPS: !want}).WithHost(host, "the agent"); got.FIPS != want {
			t.Errorf("%s: FIPS %v, want %v", host, got.FIPS, want)
		}
	}
}

func TestServiceDomain(t *testing.T) {
	req := Require(lookup(t, "us-east-2"), []Capability{SessionManager, AgentUpdate, VSSSnapshot}, Options{Domain: "aws.example.net"})
	for _, target := range req.Targets {
		ours := target.Name != "ec2"
		if target.Foreign != ours || (target.Overridden != "") != ours {
			t.Errorf("%+v", target)
		}
	}
}

func TestCapabilities(t *testing.T) {
	for _, c := range Capabilities() {
		got, err := ParseCapability(string(c))
		if got != c || err != nil {
			t.Errorf("%s: got %s, %v", c, got, err)
		}
		if c.Title() == string(c) {
			t.Errorf("%s has no title", c)
		}
	}
	for _, bad := range []string{"", "all", "Run-Command", "run-command ", "run_command", "\x1b[2J"} {
		_, err := ParseCapability(bad)
		if !isError[*CapabilityError](err) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}
