package remedy

import (
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// remedies with something for a nameserver, each with what must stand in the
// configurations.
func nameserverRemedies(t *testing.T) map[string]*Remedy {
	missing, rebind := finding(diagnose.DNSForwarderMissing, "ssm"), finding(diagnose.DNSRebindFilter, "ssm")
	withPort := observed(t, "us-east-2")
	onPremises(withPort)
	withPort.Servers = append(withPort.Servers[:1], observation.ServerObservation{PlannedServer: observation.PlannedServer{
		Address: ports("10.8.0.10:5353")[0], Role: observation.RoleVPC, Given: true,
	}})
	withPort.Servers[0].Address = ports("192.168.7.1:53")[0]
	for i := range withPort.Servers[0].Answers {
		withPort.Servers[0].Answers[i].Addresses = nil
	}
	empty := observed(t, "us-east-2")
	for i := range empty.Servers[0].Answers {
		empty.Servers[0].Answers[i].Addresses = nil
	}
	return map[string]*Remedy{
		"a forwarder":           planned(reportOf(missing), observed(t, "us-east-2")),
		"in China":              planned(reportOf(missing), observed(t, "cn-north-1")),
		"an exemption":          planned(reportOf(rebind), empty),
		"both, to another port": planned(reportOf(missing, rebind), withPort),
	}
}

// A nameserverCheck is how a nameserver checks a configuration.
type nameserverCheck struct {
	program string
	args    func(path string) []string
	// broken is what the program must refuse, so that a check that accepts
	// everything is noticed.
	broken string
}

var nameserverChecks = map[Nameserver]nameserverCheck{
	BIND:    {"named-checkconf", func(path string) []string { return []string{path} }, "zone \"a\" { type forward; forwarders { x; }; };"},
	Unbound: {"unbound-checkconf", func(path string) []string { return []string{path} }, "forward-zone:\n    name: \"a.\"\n    forward-addr: x\n"},
	Dnsmasq: {"dnsmasq", func(path string) []string { return []string{"--test", "--conf-file=" + path} }, "server=/a/x\n"},
}

// accepts lets the nameserver check a configuration.
func (c nameserverCheck) accepts(t *testing.T, kind Nameserver, config string) (string, error) {
	t.Helper()
	program := tool(t, c.program)
	if kind == Unbound {
		// The rest of a configuration, which a test's directory is enough for.
		config = "server:\n    chroot: \"\"\n    username: \"\"\n    directory: \"" + t.TempDir() + "\"\n    pidfile: \"\"\n" + config
	}
	out, err := exec.Command(program, c.args(write(t, "config", config, 0o644))...).CombinedOutput()
	return string(out), err
}

// TestNameserversAccept gives each configuration to the nameserver that it is
// for.
func TestNameserversAccept(t *testing.T) {
	for kind, c := range nameserverChecks {
		t.Run(string(kind), func(t *testing.T) {
			if out, err := c.accepts(t, kind, c.broken); err == nil {
				t.Fatalf("%s accepts %q: %s", c.program, c.broken, out)
			}
			for name, x := range nameserverRemedies(t) {
				config := text(t, x, Options{DNS: kind, Bare: true})
				if !strings.Contains(config, "amazonaws.com") {
					t.Errorf("%s: nothing about AWS:\n%s", name, config)
				}
				if out, err := c.accepts(t, kind, config); err != nil {
					t.Errorf("%s: %v\n%s\n%s", name, err, out, config)
				}
				checkPrintable(t, config)
			}
		})
	}
}

// In comments each is the same as it is alone.
func TestNameserversInComments(t *testing.T) {
	for name, x := range nameserverRemedies(t) {
		checkAll(t, x)
		whole := text(t, x, Options{})
		for _, kind := range []Nameserver{BIND, Unbound, Dnsmasq, WindowsDNS} {
			part := &page{sign: "#"}
			part.quote("", x.configuration(kind))
			if !strings.Contains(whole, part.b.String()) {
				t.Errorf("%s: the whole lacks what %s has:\n%s", name, kind, whole)
			}
			if one := text(t, x, Options{DNS: kind}); !strings.Contains(one, part.b.String()) || strings.Count(one, "# --- ") != 1 {
				t.Errorf("%s: not %s alone:\n%s", name, kind, one)
			}
		}
	}
}

// An address that nobody knows stands as a word that no nameserver takes.
func TestPlaceholders(t *testing.T) {
	o := observed(t, "us-east-2")
	o.Servers[0].Address = ports("10.20.0.53:53")[0]
	x := planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o)
	config := text(t, x, Options{DNS: BIND, Bare: true})
	if !strings.Contains(config, "forwarders { INBOUND_ENDPOINT_ADDRESS_1; INBOUND_ENDPOINT_ADDRESS_2; };") {
		t.Error(config)
	}
	if exec.Command(tool(t, "named-checkconf"), write(t, "named.conf", config, 0o644)).Run() == nil {
		t.Error("named takes a placeholder for an address")
	}
	for as, want := range map[Language][]string{
		CLI:            {"create-resolver-endpoint", "--direction INBOUND", `"${INBOUND_ENDPOINT_SUBNET_IDS:?`, "'10.20.0.53/32'"},
		Terraform:      {`resource "aws_route53_resolver_endpoint" "inbound"`, `cidr_ipv4         = "10.20.0.53/32"`},
		CloudFormation: {"Type: AWS::Route53Resolver::ResolverEndpoint", `CidrIp: "10.20.0.53/32"`},
	} {
		for _, bare := range []bool{true, false} {
			code, _ := divide(text(t, x, Options{As: as, DNS: Route53, Bare: bare}))
			for _, w := range want {
				if !strings.Contains(code, w) {
					t.Errorf("%s (alone: %t) lacks %q:\n%s", as, bare, w, code)
				}
			}
		}
		if code, _ := divide(text(t, x, Options{As: as})); strings.Contains(strings.ToLower(code), "resolver") {
			t.Errorf("%s: one of several ways is no comment:\n%s", as, code)
		}
	}
}

// Where a forwarder is one of several ways it is written all the same, and with
// it when it holds.
func TestForwardsThatMayBeMissing(t *testing.T) {
	premises := func() *observation.Observations {
		o := observed(t, "us-east-2")
		onPremises(o)
		o.Servers = o.Servers[:1]
		o.Servers[0].Address = ports("192.168.7.1:53")[0]
		return o
	}
	broken := premises()
	for i := range broken.Servers[0].Answers {
		a := &broken.Servers[0].Answers[i]
		a.Rcode, a.Addresses = "SERVFAIL", nil
	}
	vpc := observed(t, "us-east-2")
	vpc.Servers = vpc.Servers[:1]
	itself := observed(t, "us-east-2")
	itself.Servers = itself.Servers[:1]
	itself.Servers[0].Address = ports("10.0.0.2:53")[0]
	const unknown, condition = "INBOUND_ENDPOINT_ADDRESS_1", "Only if "
	for _, c := range []struct {
		name            string
		code            diagnose.Code
		seen            *observation.Observations
		want            []string // of BIND's
		absent          string
		inbound, byHand bool
	}{
		{name: "no endpoint, or no forwarder", code: diagnose.EndpointNotPrivate, seen: premises(), inbound: true,
			want: []string{unknown, condition + "the VPC has these endpoints already", "192.168.7.1"}},
		{name: "the same within the VPC", code: diagnose.EndpointNotPrivate, seen: vpc, want: []string{"forwarders { 10.0.0.2; };", condition}},
		{name: "the VPC's resolver answered", code: diagnose.EndpointNotPrivate, seen: observed(t, "us-east-2"), absent: "forwarders"},
		{name: "it is the VPC's resolver", code: diagnose.EndpointNotPrivate, seen: itself, absent: "forwarders"},
		{name: "what it forwards to is silent", code: diagnose.DNSForwarderBroken, seen: broken, inbound: true, byHand: true,
			want: []string{unknown, condition + "it forwards to something else"}},
		{name: "a forwarder is missing", code: diagnose.DNSForwarderMissing, seen: premises(), inbound: true, want: []string{unknown}, absent: condition},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := planned(reportOf(finding(c.code, "ssm")), c.seen)
			checkAll(t, x)
			whole := text(t, x, Options{DNS: BIND, Bare: true})
			joined := strings.ReplaceAll(whole, "\n// ", " ")
			for _, w := range c.want {
				if !strings.Contains(joined, w) {
					t.Errorf("%q is missing:\n%s", w, whole)
				}
			}
			if c.absent != "" && strings.Contains(joined, c.absent) {
				t.Errorf("%q is there:\n%s", c.absent, whole)
			}
			if route53 := text(t, x, Options{DNS: Route53, Bare: true}); strings.Contains(route53, "create-resolver-endpoint") != c.inbound {
				t.Errorf("Route 53:\n%s", route53)
			}
			if byHand := len(x.byHand) > 0; byHand != c.byHand {
				t.Errorf("by hand: %t", byHand)
			}
		})
	}
}

// A VPC's own resolver takes a rule.
func TestResolverRule(t *testing.T) {
	o := observed(t, "us-east-2")
	o.Servers = append(o.Servers[:1], observation.ServerObservation{PlannedServer: observation.PlannedServer{
		Address: ports("10.8.0.10:53")[0], Role: observation.RoleVPC, Given: true,
	}})
	o.Servers[0].Address = ports("10.0.0.2:53")[0]
	x := planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o)
	for as, want := range map[Language][]string{
		CLI:            {"--rule-type FORWARD --domain-name 'amazonaws.com'", "target_ips='Ip=10.8.0.10,Port=53'", `"${OUTBOUND_ENDPOINT_ID:?`},
		Terraform:      {`domain_name          = "amazonaws.com"`, `ip   = "10.8.0.10"`, "resolver_endpoint_id = var.outbound_endpoint_id"},
		CloudFormation: {`DomainName: "amazonaws.com"`, `- Ip: "10.8.0.10"`, "ResolverEndpointId: !Ref OutboundEndpointId"},
	} {
		code, _ := divide(text(t, x, Options{As: as, DNS: Route53}))
		for _, w := range want {
			if !strings.Contains(code, w) {
				t.Errorf("%s lacks %q:\n%s", as, w, code)
			}
		}
	}
	if config := text(t, x, Options{DNS: BIND, Bare: true}); !strings.Contains(config, "see the part on Route 53 Resolver") {
		t.Errorf("BIND in the place of a VPC's own resolver:\n%s", config)
	}
}

// An address of Route 53 Resolver has no zone: in the list of words that the AWS
// CLI takes it would add some.
func TestResolverRuleHasNoZone(t *testing.T) {
	texts := func(given string) (all []string) {
		o := observed(t, "us-east-2")
		o.Servers = append(o.Servers[:1], observation.ServerObservation{PlannedServer: observation.PlannedServer{
			Address: netip.MustParseAddrPort(given), Role: observation.RoleVPC, Given: true,
		}})
		o.Servers[0].Address = ports("10.0.0.2:53")[0]
		x := planned(reportOf(finding(diagnose.DNSForwarderMissing, "ssm")), o)
		checkAll(t, x)
		for _, as := range Languages() {
			all = append(all, text(t, x, Options{As: as, DNS: Route53, Bare: true}))
		}
		return all
	}
	want := texts("[fd00::53]:53")
	if !strings.Contains(want[0], "target_ips='Ipv6=fd00::53,Port=53'") {
		t.Fatal(want[0])
	}
	for _, zone := range []string{"eth0", "a Ip=192.0.2.1,Port=53", "a' $(reboot) '", "a\"\n"} {
		if diff := cmp.Diff(want, texts("[fd00::53%"+zone+"]:53")); diff != "" {
			t.Errorf("the zone %q (-want +got):\n%s", zone, diff)
		}
	}
}
