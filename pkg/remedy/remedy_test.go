package remedy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	probed "github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// observed is what a default run plans and sees of an EC2 instance at 10.0.2.10
// in a VPC of 10.0.0.0/16, with a nameserver of its own in it.
func observed(t testing.TB, region string) *observation.Observations {
	t.Helper()
	n := observation.Node{Kind: observation.NodeEC2, OS: "linux", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}}
	n.Resolver = observation.ResolverConfig{From: "/etc/resolv.conf", Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.53:53")}}
	plan, err := probe.NewPlan(probe.Config{Region: region}, probed.Local{Node: n})
	if err != nil {
		t.Fatal(err)
	}
	o := &observation.Observations{Plan: plan.Plan, Node: n, Metadata: observation.Metadata{
		Asked: true, InstanceID: "i-0123456789abcdef0", VPCID: "vpc-0123456789abcdef0",
		VPCBlocks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/16")}, SubnetBlocks: []netip.Prefix{netip.MustParsePrefix("10.0.2.0/24")},
	}}
	for _, s := range plan.Servers {
		seen := observation.ServerObservation{PlannedServer: s}
		for _, target := range plan.Targets {
			seen.Answers = append(seen.Answers, observation.Answer{Name: target.Host, Type: "A", Rcode: "NOERROR", Addresses: []netip.Addr{netip.MustParseAddr("52.46.1.1")}})
		}
		o.Servers = append(o.Servers, seen)
	}
	for _, target := range plan.Targets {
		o.Targets = append(o.Targets, observation.TargetObservation{Name: target.Name})
	}
	return o
}

// onPremises makes it a server outside EC2, of which metadata knows nothing.
func onPremises(o *observation.Observations) {
	o.Node.Kind = observation.NodeHybrid
	o.Node.Addresses = []netip.Prefix{netip.MustParsePrefix("192.168.7.20/24")}
	o.Metadata = observation.Metadata{}
}

func finding(code diagnose.Code, targets ...string) diagnose.Finding {
	return diagnose.Finding{
		Code: code, Severity: diagnose.Error, Targets: targets, Title: "what is the case",
		Fix: []string{"the first step", "the second step"},
	}
}

// planned is the remedy of findings that no run made, with the actions that
// diagnose proposes for them.
func planned(r *diagnose.Report, o *observation.Observations) *Remedy {
	for i := range r.Findings {
		r.Findings[i].Actions = diagnose.Actions(o, r.Findings[i].Code, r.Findings[i].Targets)
		for k := range r.Findings[i].Actions { // as Judge finds them
			r.Findings[i].Actions[k].Steps = []int{1}
		}
	}
	return New(r, o)
}

func reportOf(findings ...diagnose.Finding) *diagnose.Report {
	return &diagnose.Report{Verdict: diagnose.Fail, Findings: findings}
}

// everything is a finding of each code for which something is generated.
func everything() *diagnose.Report {
	return reportOf(
		finding(diagnose.EndpointNotPrivate, "ssmmessages", "kms"), finding(diagnose.EgressBlocked, "ssm", "s3"),
		finding(diagnose.EndpointBlocked, "ssm"), finding(diagnose.S3Blocked, "s3"), finding(diagnose.S3PolicyDenies, "s3:amazon-ssm-us-east-2"),
		finding(diagnose.VPCResolverSilent), finding(diagnose.DNSForwarderMissing, "ssm"), finding(diagnose.DNSRebindFilter, "ssm"),
		finding(diagnose.ProxyAgentDiffers, "ssm"), finding(diagnose.ClockSkew), finding(diagnose.TLSStalled, "ssm"),
	)
}

func private(o *observation.Observations, target string) {
	for i := range o.Targets {
		if o.Targets[i].Name == target {
			o.Targets[i].Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr("10.0.1.101")}}
		}
	}
}

// All of it at once is one text in each language.
func TestEverything(t *testing.T) {
	for _, region := range []string{"us-east-2", "cn-north-1", "us-gov-west-1", "mx-central-1"} {
		o := observed(t, region)
		private(o, "ssm")
		x := planned(everything(), o)
		if x.endpoints == nil || len(x.openings) != 2 || x.gateway == nil || x.policy == nil || len(x.forwards) != 1 || x.proxy == nil || x.clock == nil || len(x.byHand) < 1 {
			t.Errorf("%s: not everything is there: %+v", region, x)
		}
		checkAll(t, x)
	}
}

// Where a service's name is not published, it is a variable.
func TestChina(t *testing.T) {
	x := planned(reportOf(finding(diagnose.EndpointNotPrivate, "ssm"), finding(diagnose.S3Blocked, "s3")), observed(t, "cn-north-1"))
	checkAll(t, x)
	for as, want := range map[Language][]string{
		CLI:            {`"${SSM_ENDPOINT_SERVICE_NAME:?`, `service="$S3_ENDPOINT_SERVICE_NAME"`},
		Terraform:      {`variable "ssm_endpoint_service_name"`, "    var.ssm_endpoint_service_name,", "service_name      = var.s3_endpoint_service_name"},
		CloudFormation: {"SsmEndpointServiceName:", "ServiceName: !Ref S3EndpointServiceName"},
	} {
		got := text(t, x, Options{As: as})
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q:\n%s", as, w, got)
			}
		}
		if strings.Contains(got, "com.amazonaws.cn-north-1") {
			t.Errorf("%s names a service by a name that is not known", as)
		}
	}
}

// Outside EC2 nothing is known of the VPC, and a gateway endpoint is of no use.
func TestOnPremises(t *testing.T) {
	o := observed(t, "us-east-2")
	onPremises(o)
	x := planned(reportOf(
		finding(diagnose.EndpointNotPrivate, "ssm"), finding(diagnose.S3Blocked, "s3"), finding(diagnose.EgressBlocked, "ssm"), finding(diagnose.ClockSkew),
	), o)
	checkAll(t, x)
	if x.gateway != nil || len(x.byHand) != 2 {
		t.Errorf("gateway %v, by hand %v", x.gateway, x.byHand)
	}
	got := text(t, x, Options{})
	for _, w := range []string{`"${VPC_ID:?`, `"${NODE_CIDR:=192.168.7.0/24}"`, `"${NTP_SERVER:?`, "By hand: egress-blocked"} {
		if !strings.Contains(got, w) {
			t.Errorf("it lacks %q:\n%s", w, got)
		}
	}
}

// Some findings look as if an endpoint would cure them, and none would.
func TestNoEndpoint(t *testing.T) {
	o := observed(t, "us-east-2")
	for i := range o.Plan.Targets {
		switch p := &o.Plan.Targets[i]; p.Name {
		case "ssm":
			p.FIPS = true
		case "ssmmessages":
			p.Target = p.WithHost("proxy.example.com", "--endpoint")
		}
	}
	x := planned(reportOf(finding(diagnose.EgressBlocked, "ssm", "ssmmessages")), o)
	if x.generated() || len(x.byHand) != 1 {
		t.Errorf("an endpoint for a FIPS name, or for somebody's own host: %+v", x.endpoints)
	}
	x = planned(reportOf(finding(diagnose.EndpointPartlyBlocked, "ssm")), o)
	if x.generated() {
		t.Error("a security group's rule for public addresses")
	}
}

// What the VPC's own resolver did not say may be a missing forwarder.
func TestDoubtful(t *testing.T) {
	o := observed(t, "us-east-2")
	findings := reportOf(finding(diagnose.EndpointNotPrivate, "ssm"))
	const doubt = "First ask the VPC's own resolver"
	if got := text(t, planned(findings, o), Options{}); strings.Contains(got, doubt) {
		t.Error("a doubt though the VPC's resolver answered")
	}
	o.Servers = slices.DeleteFunc(o.Servers, func(s observation.ServerObservation) bool { return s.Role == observation.RoleVPC })
	for _, as := range Languages() {
		if got := text(t, planned(findings, o), Options{As: as}); !strings.Contains(got, doubt) {
			t.Errorf("%s has no doubt:\n%s", as, got)
		}
	}
}

// Where a nameserver is to forward to hangs on where it is.
func TestForwardTo(t *testing.T) {
	given := observation.ServerObservation{PlannedServer: observation.PlannedServer{Address: netip.MustParseAddrPort("10.8.0.10:53"), Role: observation.RoleVPC, Given: true}}
	for _, c := range []struct {
		name, server string
		change       func(*observation.Observations)
		want         forward
	}{
		{"in the VPC", "10.0.0.53:53", nil, forward{to: ports("10.0.0.2:53")}},
		{"on the node", "127.0.0.1:53", nil, forward{to: ports("10.0.0.2:53")}},
		{"outside, and nothing is known", "10.20.0.53:53", nil, forward{}},
		{"outside, with --vpc-resolver", "10.20.0.53:53", func(o *observation.Observations) { o.Servers = append(o.Servers, given) }, forward{to: ports("10.8.0.10:53")}},
		{"the VPC's own", "169.254.169.253:53", func(o *observation.Observations) { o.Servers = append(o.Servers, given) }, forward{to: ports("10.8.0.10:53"), vpcItself: true}},
		{"the VPC's own, by its address", "10.0.0.2:53", nil, forward{vpcItself: true}},
		{
			"a stub on the node", "127.0.0.53:53",
			func(o *observation.Observations) { o.Node.Resolver.Behind = ports("10.0.0.53:53") },
			forward{servers: ports("10.0.0.53:53"), to: ports("10.0.0.2:53"), behindStub: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := observed(t, "us-east-2")
			o.Servers = slices.DeleteFunc(o.Servers, func(s observation.ServerObservation) bool { return s.Role == observation.RoleVPC })
			if c.change != nil {
				c.change(o)
			}
			o.Servers[0].Address = netip.MustParseAddrPort(c.server)
			x := planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o)
			if len(x.forwards) != 1 {
				t.Fatalf("%d forwarders", len(x.forwards))
			}
			if c.want.servers == nil {
				c.want.servers = ports(c.server)
			}
			got := x.forwards[0]
			got.causes, c.want.domains = nil, []string{"amazonaws.com"}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(forward{}), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkAll(t, x)
		})
	}
}

func ports(list ...string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range list {
		out = append(out, netip.MustParseAddrPort(s))
	}
	return out
}

// A nameserver that answers with private addresses lacks no forwarder.
func TestOnlyWrongServers(t *testing.T) {
	o := observed(t, "us-east-2")
	right := o.Servers[0]
	right.Address = netip.MustParseAddrPort("10.0.0.2:53")
	right.Answers = []observation.Answer{{Name: o.Plan.Targets[0].Host, Type: "A", Rcode: "NOERROR", Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.101")}}}
	o.Servers = append([]observation.ServerObservation{right}, o.Servers...)
	x := planned(reportOf(finding(diagnose.DNSResolversDisagree, "ssm")), o)
	if len(x.forwards) != 1 || !slices.Equal(x.forwards[0].servers, ports("10.0.0.53:53")) {
		t.Errorf("forwarders: %+v", x.forwards)
	}
}

// The settings that are there stay.
func TestProxyKeepsWhatIsThere(t *testing.T) {
	o := observed(t, "us-east-2")
	o.Node.Proxy = observation.ProxyConfig{From: "/etc/default/x", HTTPS: "http://proxy.example.com:3128", No: "localhost, .example.com,10.0.0.0/8,a b,$(id),"}
	x := planned(reportOf(finding(diagnose.ProxyShadowsEndpoint, "ssm")), o)
	want := []string{"localhost", ".example.com", "10.0.0.0/8", "ssm.us-east-2.amazonaws.com", "169.254.169.254"}
	if diff := cmp.Diff(want, x.proxy.not); diff != "" || x.proxy.url != "http://proxy.example.com:3128" {
		t.Errorf("%s (-want +got):\n%s", x.proxy.url, diff)
	}
	o.Node.OS = "windows"
	x = planned(reportOf(finding(diagnose.ProxyAuthRequired, "ssm"), finding(diagnose.ClockSkew)), o)
	got := text(t, x, Options{})
	for _, w := range []string{"Read-Host", "'localhost,.example.com,10.0.0.0/8,169.254.169.254'", "w32tm /config", "# Restart-Service AmazonSSMAgent"} {
		if !strings.Contains(got, w) {
			t.Errorf("it lacks %q:\n%s", w, got)
		}
	}
	checkShell(t, got)
	checkPrintable(t, got)
}

// What nothing depends on is named, and nothing is made for it.
func TestInfo(t *testing.T) {
	f := finding(diagnose.EndpointBlocked, "kms")
	f.Severity = diagnose.Info
	x := planned(reportOf(f), observed(t, "us-east-2"))
	if !x.Empty() {
		t.Error("something is made")
	}
	if got := text(t, x, Options{}); !strings.Contains(got, "found nothing to create or change") || !strings.Contains(got, "- endpoint-blocked: what is the case") {
		t.Errorf("got:\n%s", got)
	}
}

// A security group drops and never rejects: no rule of one is made for what an
// ICMP message rejects.
func TestRejected(t *testing.T) {
	for kind, made := range map[observation.Kind]bool{observation.KindHostUnreachable: false, observation.KindTimeout: true} {
		o := observed(t, "us-east-2")
		private(o, "ssm")
		for i := range o.Targets {
			for j := range o.Targets[i].Addresses {
				o.Targets[i].Addresses[j].Connect = &observation.Connect{Failure: &observation.Failure{Op: observation.OpConnect, Kind: kind}}
			}
		}
		x := planned(reportOf(finding(diagnose.EndpointBlocked, "ssm")), o)
		if got := text(t, x, Options{}); strings.Contains(got, "authorize-security-group-ingress") != made || strings.Contains(got, "the first step") == made {
			t.Errorf("%s:\n%s", kind, got)
		}
	}
}

func TestNothing(t *testing.T) {
	x := New(&diagnose.Report{}, &observation.Observations{})
	checkAll(t, x)
	for _, dns := range Nameservers() {
		if got := text(t, x, Options{DNS: dns, Bare: true}); !strings.Contains(got, "nothing to change in a nameserver") {
			t.Errorf("%s: %s", dns, got)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, o := range []Options{{As: "pulumi"}, {DNS: "djbdns"}} {
		if err := Write(new(strings.Builder), &Remedy{}, o); err == nil {
			t.Errorf("%+v is written", o)
		}
	}
}

// A shell shows what is missing in these words, between double quotes.
func TestWordsOfVariables(t *testing.T) {
	o := observed(t, "cn-north-1")
	private(o, "ssm")
	x := planned(everything(), o)
	all := append(x.cloudVariables(), x.allRoute53Variables()...)
	all = append(all, s3Endpoint, s3Statements, inboundSubnets, outbound, inboundAddresses)
	for _, v := range all {
		if strings.ContainsAny(v.about, "\"'`$\\}") {
			t.Errorf("%s: %s", v.name, v.about)
		}
	}
}
