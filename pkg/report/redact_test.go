package report_test

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// secrets are what planted puts into a report, and a redacted one must not
// have in any format.
var secrets = []string{
	"0a1b2c3d4e5f60718", "0f0f0f0f0f0f0f0f0", "0123456789abcdef1", "9f8e7d6c5b4a39281", "7c7c7c7c7c7c7c7c7", "wxyz9876", // ids
	"210987654321", "node-role-x7", "session-j9", "WXYZ", "AKIAQWERTYUIOPASDFGH", // accounts, roles, keys
	"corp-gw7", "contoso", "intranet7", "quokka-9", "0e0e0e0e0e0e0e0e0", // host name, subnet
	"proxy77", "jdoe", "acme-own-bucket", "dc01", // names
	"10.77.", "192.168.217.", "172.29.41.", "100.99.3.", "52.95.110.7", "18.200.1.", "fd12:3456", "2600:1f99", "10-77-", // addresses
	strings.Repeat("ab12cd34", 8), // a fingerprint
}

// planted is a broken run on a node whose every name and address is in the report.
func planted() *report.Document {
	d := broken()
	o := d.Observations
	o.Metadata.InstanceID, o.Metadata.VPCID = "i-0a1b2c3d4e5f60718", "vpc-0f0f0f0f0f0f0f0f0"
	o.Metadata.SecurityGroups = []string{"sg-0123456789abcdef1"}
	o.Metadata.SubnetID, o.Node.Hostname = "subnet-0e0e0e0e0e0e0e0e0", "quokka-9.contoso.example"
	o.Metadata.RoleName = "node-role-x7"
	o.Metadata.LocalIPv4 = netip.MustParseAddr("10.77.3.4")
	o.Metadata.VPCBlocks = prefixes("10.77.0.0/16", "18.200.0.0/16", "2600:1f99:8000:aa00::/56")
	o.Metadata.SubnetBlocks = prefixes("10.77.3.0/24")
	o.Node.Addresses = prefixes("10.77.3.4/24", "fd12:3456::5/64", "18.200.1.9/24")
	o.Node.Resolver.From = "/etc/resolv.conf"
	o.Node.Resolver.Servers = []netip.AddrPort{netip.MustParseAddrPort("10.77.0.2:53"), netip.MustParseAddrPort("192.168.217.9:53")}
	o.Node.Resolver.Search = []string{"corp-gw7.contoso.example", "us-east-2.compute.internal"}
	o.Node.Agent.Config.Endpoints = map[string]string{"ssm": "intranet7.contoso.example:8443"}
	o.Node.Agent.From = []string{"/home/jdoe/agent: 3.3.40.0"}
	o.Node.Agent.Version = "3.3.40.0"
	o.Node.Proxy = observation.ProxyConfig{From: "the agent's unit", HTTPS: "http://jdoe:***@proxy77.contoso.example:3128",
		No: "169.254.169.254,.contoso.example,dc01,10.77.0.0/16,.amazonaws.com"}
	o.Plan.Servers[0].Address = netip.MustParseAddrPort("10.77.0.2:53")
	o.Plan.PrivateCIDRs = prefixes("18.200.0.0/16")
	own := observation.PlannedTarget{Target: endpoint.Target{Name: "s3:acme-own-bucket", Bucket: "acme-own-bucket", Host: s3Host, Port: 443}, Asked: true}
	o.Plan.Targets = append(o.Plan.Targets, own)
	o.Targets = append(o.Targets, observation.TargetObservation{Name: own.Name, Addresses: []observation.AddressObservation{reached(observation.ClassPublic, "52.219.96.10")}})

	a := &o.Targets[1].Addresses[0]
	*a = reached(observation.ClassPrivate, "18.200.1.77")
	a.Connect.Local = netip.MustParseAddr("172.29.41.6")
	a.Handshake.VerifyText = "x509: certificate is valid for *.contoso.example, not ssmmessages.us-east-2.amazonaws.com"
	a.Handshake.Certificates = []observation.Certificate{{Subject: "CN=corp-gw7.contoso.example", Issuer: "CN=Zscaler Intermediate Root CA,O=Zscaler Inc.",
		Names: []string{"*.contoso.example"}, SHA256: strings.Repeat("ab12cd34", 8)}}
	a.Reply.Location = "https://intranet7.contoso.example/blocked?for=10.77.3.4"
	a.Reply.Body = `<a href="http://corp-gw7.contoso.example/">blocked for 100.99.3.1, ask jdoe@contoso.example</a>`
	a.Reply.ErrorMessage = "User: arn:aws:sts::210987654321:assumed-role/node-role-x7/session-j9 is not authorized " +
		"to perform: ssm:DescribeDocument (AKIAQWERTYUIOPASDFGH) through vpce-9f8e7d6c5b4a39281"
	a.From = []string{"system", "192.168.217.9"}
	o.Targets[0].Addresses = append(o.Targets[0].Addresses, reached(observation.ClassPrivate, "fd12:3456::7"), reached(observation.ClassPrivate, "2600:1f99:8000:aa01::7"))
	o.Servers[0].Address = netip.MustParseAddrPort("10.77.0.2:53")
	o.Servers[0].Answers[0].CNAMEs = []string{"vpce-9f8e7d6c5b4a39281-wxyz9876.ssm.us-east-2.vpce.amazonaws.com.", "ip-10-77-3-9.us-east-2.compute.internal."}
	o.Targets[2].Proxy = &observation.ProxyObservation{URL: "http://jdoe:***@proxy77.contoso.example:3128", Address: netip.MustParseAddrPort("52.95.110.7:3128"),
		Lookup: &observation.SystemLookup{Host: "proxy77.contoso.example", Addresses: []netip.Addr{netip.MustParseAddr("52.95.110.7")}}}
	o.Credentials = observation.Credentials{Asked: true, Found: observation.Yes, Source: observation.SourceFile, From: "/home/jdoe/.aws/credentials, profile default", KeyEnd: "WXYZ"}

	o.Node.Agent.Config.Notes = []string{
		"10.77.3.4 (subnet 10.77.3.0/24) to [fd12:3456::7]:443: no answer",
		`answer "<a href=\"http://corp-gw7.contoso.example/\">" from 18.200.1.77:443, from dc01.corp-gw7.contoso.example and 172.29.41.6`,
		"vpce-9f8e7d6c5b4a39281-wxyz9876.ssm.us-east-2.vpce.amazonaws.com, sg-0123456789abcdef1, eni-7c7c7c7c7c7c7c7c7",
		"the proxy proxy77.contoso.example:3128 (52.95.110.7) resolves names; jdoe@contoso.example knows",
		"arn:aws:s3:::acme-own-bucket/* for account 210987654321 from 10.77.3.4/32",
	}
	return report.New("1.2.3", diagnose.Judge(o), o)
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// redacted is the document of a copy with stand-ins, as --redact makes it.
func redacted(t testing.TB, d *report.Document) *report.Document {
	t.Helper()
	o, err := redact.New().Observations(d.Observations)
	if err != nil {
		t.Fatal(err)
	}
	return report.NewRedacted("1.2.3", o)
}

// note writes a text of this program into the observations, after all others:
// stand-ins are numbered as they come.
func note(d *report.Document, text string) {
	d.Observations.Signed = []observation.SignedCall{{NotMade: text}}
}

// noteOf is that text.
func noteOf(d *report.Document) string { return d.Observations.Signed[0].NotMade }

func allFormats() map[string]func(io.Writer, *report.Document) error {
	all := map[string]func(io.Writer, *report.Document) error{
		"json": report.JSON,
		"text": func(w io.Writer, d *report.Document) error { return report.Text(w, d, report.TextOptions{}) },
		"verbose": func(w io.Writer, d *report.Document) error {
			return report.Text(w, d, report.TextOptions{Verbose: true, Width: 400})
		},
		"html": func(w io.Writer, d *report.Document) error {
			return report.HTML(w, d, report.HTMLOptions{Text: report.TextOptions{Verbose: true}})
		},
	}
	for name, format := range formats {
		all[name] = format
	}
	return all
}

func TestRedact_noSecret(t *testing.T) {
	whole := planted()
	before := string(encode(t, whole))
	d := redacted(t, whole)
	for _, secret := range secrets {
		if !strings.Contains(before, secret) {
			t.Errorf("%s was not planted", secret)
		}
	}
	for name, format := range allFormats() {
		text := formatted(t, d, format)
		for _, secret := range secrets {
			if i := strings.Index(strings.ToLower(text), strings.ToLower(secret)); i >= 0 {
				t.Errorf("%s has %s: …%s…", name, secret, text[max(0, i-60):min(len(text), i+60)])
			}
		}
	}
	if string(encode(t, whole)) != before {
		t.Error("Redact changed the document")
	}
}

// What a helper needs stays, and one value has one stand-in throughout.
func TestRedactGolden(t *testing.T) {
	d := redacted(t, planted())
	golden(t, "redacted.json", string(encode(t, &report.Document{Observations: d.Observations})))
	if got, err := report.ReadJSON(bytes.NewReader(encode(t, d))); err != nil || len(got.Observations.Targets) != len(d.Observations.Targets) {
		t.Errorf("the copy cannot be read: %v", err)
	}
}

func TestRedactIsStable(t *testing.T) {
	if diff := cmp.Diff(encode(t, redacted(t, planted())), encode(t, redacted(t, planted()))); diff != "" {
		t.Errorf("two copies differ:\n%s", diff)
	}
	// A run that sees one thing more has the same stand-ins for the rest.
	more := planted()
	more.Observations.LargeHello = []observation.Experiment{{Text: "10.77.200.1 and vpc-1111111111111111a"}}
	a, b := redacted(t, planted()), redacted(t, more)
	b.Observations.LargeHello = nil
	if diff := cmp.Diff(encode(t, &report.Document{Observations: a.Observations}), encode(t, &report.Document{Observations: b.Observations})); diff != "" {
		t.Errorf("the stand-ins differ:\n%s", diff)
	}
}

// Observations that say nothing of a node stay as they are.
func TestRedactEmpty(t *testing.T) {
	got := redacted(t, &report.Document{Observations: &observation.Observations{}})
	if diff := cmp.Diff(&observation.Observations{}, got.Observations, cmpopts.EquateEmpty(), cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" || !got.Redacted {
		t.Error(diff)
	}
}

// A report that somebody made up stops no copy, and a copy of a copy can be
// made.
func TestRedactHostile(t *testing.T) {
	d := attacked()
	o := d.Observations
	o.Metadata.VPCBlocks = append(prefixes("0.0.0.0/0", "::/0", "255.255.255.255/32", "52.0.0.0/2", "10.0.0.0/7", "2000::/3"), netip.Prefix{})
	o.Node.Addresses = append(prefixes("::ffff:10.1.2.3/128", "64:ff9b::a01:203/96", "fe80::1/64"), netip.Prefix{})
	o.Node.Resolver.Servers = []netip.AddrPort{{}, netip.MustParseAddrPort("[fe80::1%eth0]:53"), netip.MustParseAddrPort("[64:ff9b::a01:203]:53")}
	o.Node.Resolver.Search = []string{"", ".", "*", "com", attack}
	o.Node.Proxy.No = ",,.,*,*.," + attack
	o.Metadata.RoleName, o.Credentials.KeyEnd = attack, attack
	once := redacted(t, d)
	twice := redacted(t, once)
	if len(twice.Observations.Targets) != len(o.Targets) {
		t.Error("a part is lost")
	}
	for _, s := range once.Observations.Node.Resolver.Servers[1:] {
		if !s.Addr().IsValid() || strings.Contains(s.String(), "a01:203") {
			t.Errorf("a nameserver became %s", s)
		}
	}
}
