package report_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// corporate is a run behind the proxy and the firewall of a company that calls
// its machines by one word.
func corporate() *report.Document {
	d := healthy()
	o := d.Observations
	o.Node.Resolver.Search = []string{"contosolan"}
	o.Node.Proxy = observation.ProxyConfig{From: "the agent's unit", HTTPS: "http://svcproxy:***@contosoproxy:3128", No: "contosodc,.contosolan,10.0.0.0/8"}
	o.Metadata.VPCBlocks = prefixes("10.0.0.0/16")
	a := &o.Targets[0].Addresses[0]
	a.Handshake.Certificates = []observation.Certificate{{Subject: "CN=contosofw,OU=Netzwerk,O=Contoso Versicherung AG,L=Köln", Issuer: "CN=Contoso Root CA 2,O=Contoso Versicherung AG",
		IssuerOrgs: []string{"Contoso Versicherung AG"}, Names: []string{"contosofw", "*.contosolan"}}}
	a.Reply.Server, a.Reply.Location = "contosofw/7.2", "https://fabrikam-redirect.s3.eu-west-1.amazonaws.com/x"
	a.Reply.Body = "<h1>Blocked</h1> jdoe@contosofw (00:1A:2b:3c:4d:5e, 00-1a-2b-3c-4d-5e, 001a.2b3c.4d5e) from 203.0.114.9, 0800-5551234567, ask Erika"
	o.Targets[1].Proxy = &observation.ProxyObservation{URL: "http://svcproxy:***@contosoproxy:3128", Lookup: &observation.SystemLookup{Host: "contosoproxy",
		Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain, Text: "lookup CONTOSOPROXY.contosolan. on 10.0.0.2:53: no such host"}}}
	return d
}

// What a redacted report has of values in whatever place and spelling.
func TestRedactValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"lookup contosoproxy: no such host", "lookup host-2: no such host"},
		{"the proxy http://svcproxy:***@contosoproxy:3128 (contosoproxy:3128)", "the proxy http://user-1:***@host-2:3128 (host-2:3128)"},
		{"ContosoProxy. CONTOSOPROXY, contosoproxy's", "host-2. host-2, host-2's"},
		{"certificate for contosofw, CN=contosofw", "certificate for host-4, CN=host-4"},
		{"/etc/contosoproxy.conf and my-contosoproxy-2", "/etc/host-2.conf and my-host-2-2"},
		{"contosodc.contosolan", "host-6.domain-1"},
		{`"Contoso's page"`, `"word-2's page"`},
		{"Contoso Versicherung AG, Netzwerk", "word-2 word-3 AG, word-1"},
		{"jdoe wrote", "user-2 wrote"},
		{"Location https://fabrikam-redirect.s3.eu-west-1.amazonaws.com/x", "Location https://bucket-1.s3.eu-west-1.amazonaws.com/x"},
		{"https://s3.eu-west-1.amazonaws.com/other-bucket/key", "https://s3.eu-west-1.amazonaws.com/bucket-2/key"},
		{"00:1A:2B:3C:4D:5E and 001a.2b3c.4d5e", "02:00:00:00:00:01 and 02:00:00:00:00:01"},
		{"10.0.7.9, ::ffff:10.0.7.9, 64:ff9b::a00:709, ::FFFF:0a00:0709", "10.0.4.2, ::ffff:10.0.4.2, 64:ff9b::a00:402, ::ffff:10.0.4.2"},
		{"ip-10-0-7-9.ec2.internal, ip-10-0-7-9, 9.7.0.10.in-addr.arpa", "ip-10-0-4-2.ec2.internal, ip-10-0-4-2, host-6.example"},
		{"host:443:fd00:aa::7 and [FD00:AA:0:0:0:0:0:7]:443", "host:443:fd00::2 and [fd00::2]:443"},
		{"52.95.110.7, 15:04:05, 1.2.3, us-east-2b", "52.95.110.7, 15:04:05, 1.2.3, us-east-2b"},
		{"arn:aws:iam::123456789012:role/Contoso/Ops", "arn:aws:iam::000000000001:role/word-2/role-1"},
		{"vpc-0123456789abcdef0, subnet-00aa00bb, mi-0123456789abcdef0, vpce-svc-0123456789abcdef0",
			"vpc-00000000000000001, subnet-00000001, mi-00000000000000001, vpce-svc-00000000000000001"},
		{"the words of a report: the proxy, the node and its logs stay", "the words of a report: the proxy, the node and its logs stay"},
	} {
		d := corporate()
		note(d, c.text)
		if diff := cmp.Diff(c.want, noteOf(redacted(t, d))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

// No format of a run in a company has its name.
func TestRedactCompany(t *testing.T) {
	whole := corporate()
	whole = report.New("1.2.3", diagnose.Judge(whole.Observations), whole.Observations)
	d := redacted(t, whole)
	for name, format := range allFormats() {
		text := strings.ToLower(formatted(t, d, format))
		for _, secret := range []string{"contoso", "versicherung", "köln", "netzwerk", "svcproxy", "jdoe", "erika", "fabrikam", "1a:2b", "1a-2b", "1a2b", "001a", "203.0.114", "5551234"} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s has %s: …%s…", name, secret, text[max(0, i-60):min(len(text), i+60)])
			}
		}
	}
}

// What judging goes by stays: AWS's words, makers of boxes, first bytes.
func TestRedactKeepsWords(t *testing.T) {
	d := healthy()
	r := d.Observations.Targets[0].Addresses[0].Reply
	h := d.Observations.Targets[0].Addresses[0].Handshake
	for _, text := range []string{
		"because no VPC endpoint policy allows the ", "with an explicit deny in a VPC endpoint policy", "because no identity-based policy allows the ",
		"with an explicit deny in an identity-based policy", "because no permissions boundary allows the ", "with an explicit deny in a session policy",
		"because no service control policy allows the ", "with an explicit deny in a resource control policy", "because no resource-based policy allows the ",
		"Signature expired", "Signature not yet current", "Credential should be scoped to a valid region",
		"RequestTimeTooSkewed", "AccessDeniedException", "UnauthorizedOperation", "UnrecognizedClientException", "InvalidClientTokenId", "NoSuchBucket",
		"PermanentRedirect", "AuthorizationHeaderMalformed", "MissingAuthenticationToken", "NotSignedUp", "OptInRequired", "IncompleteSignature",
		"CN=Amazon RSA 2048 M02,O=Amazon,C=US", "CN=Zscaler Root CA", "CN=FortiGate CA,O=Fortinet", "CN=Blue Coat", "O=Palo Alto Networks", "CN=Cisco Umbrella Root CA",
		"CN=goskope", "CN=OPNsense", "O=Check Point", "O=Trend Micro", "CN=Charles Proxy CA", "O=Cloudflare\\, Inc.,CN=Gateway CA - Cloudflare Managed G2",
		`"SSH-2.0-OpenSSH_9.6\r\n"`, `"HTTP/1.1 400 Bad Request\r\n"`, `"220 "`, `"\x15\x03\x01\x00\x02"`, "<html><head><title>403 Forbidden</title></head>", "squid/5.7",
	} {
		r.ErrorMessage, r.Body, h.FirstBytes, h.Certificates = text, text, text, []observation.Certificate{{Issuer: text}}
		got := redacted(t, d).Observations.Targets[0].Addresses[0]
		if got.Reply.ErrorMessage != text || got.Reply.Body != text || got.Handshake.FirstBytes != text || got.Handshake.Certificates[0].Issuer != text {
			t.Errorf("%s became %s", text, got.Reply.Body)
		}
	}
}

// Several looks at a node have the same stand-ins.
func TestRedactorIsOneForAll(t *testing.T) {
	r := redact.New()
	first, err := r.Observations(planted().Observations)
	if err != nil {
		t.Fatal(err)
	}
	less := planted()
	less.Observations.Node.Resolver.Search, less.Observations.Metadata.VPCBlocks = nil, nil
	second, err := r.Observations(less.Observations)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Targets, second.Targets, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{})); diff != "" {
		t.Errorf("the stand-ins differ:\n%s", diff)
	}
	if got := r.Targets(planted().Observations.Plan); got["s3:acme-own-bucket"] != "s3:bucket-1" || got["ssm"] != "ssm" || got[s3Bucket] != s3Bucket {
		t.Errorf("targets are %v", got)
	}
}

// The stand-ins of addresses are as unlike as the addresses, and blocks hold
// what they held.
func TestRedactAddressesStayApart(t *testing.T) {
	d := healthy()
	var list []netip.Addr
	a := netip.MustParseAddr("10.20.30.0")
	for range 700 {
		list = append(list, a)
		a = a.Next()
	}
	d.Observations.System[0].Addresses = list
	got := redacted(t, d).Observations.System[0].Addresses
	seen := map[netip.Addr]bool{}
	for i, a := range got {
		if seen[a] || !a.IsPrivate() {
			t.Errorf("%s is %s, like another", list[i], a)
		}
		seen[a] = true
		for j := range i {
			for _, bits := range []int{22, 24, 28, 31} {
				was, _ := list[i].Prefix(bits)
				is, _ := a.Prefix(bits)
				if was.Contains(list[j]) != is.Contains(got[j]) {
					t.Fatalf("%s and %s became %s and %s", list[i], list[j], a, got[j])
				}
			}
		}
	}
}
