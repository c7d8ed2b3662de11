package diagnose

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The words of the most common causes, as a person reads them.
func TestWords(t *testing.T) {
	golden := []string{
		"one endpoint's security group", "no way out", "no gateway endpoint", "forwarder missing, no way out",
		"only ssm is forwarded", "a filter strips private addresses", "the first of two gives public addresses",
		"no endpoint for ssmmessages", "no private address, and nobody who knows the VPC: not ruled out",
		"the only nameserver is silent", "a box that the node does not trust", "a name filter that cuts", "an MTU hole",
		"an endpoint policy", "the clock is ten minutes behind", "the proxy wants a password", "metadata is silent",
		"silence, and a datagram gets EPERM", "a route that prohibits", "nothing explains it",
		"the agent finds no host in the endpoint of its configuration",
	}
	var b strings.Builder
	for _, name := range golden {
		write(&b, name, judged(t, name, nil))
	}
	write(&b, "one endpoint's security group, on Windows", judged(t, golden[0], func(w *world) { w.Node.OS = "windows" }))
	path := filepath.Join("testdata", "words.txt")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("words (-golden +got); run with -update where it is meant:\n%s", diff)
	}
}

// judged judges the world of a table test, changed further.
func judged(t *testing.T, name string, change func(*world)) *Report {
	t.Helper()
	for _, test := range allTests() {
		if test.name != name {
			continue
		}
		w := healthy()
		test.change(w)
		if change != nil {
			change(w)
		}
		return Judge(w.Observations)
	}
	t.Fatalf("no table test %q", name)
	return nil
}

func write(b *strings.Builder, name string, r *Report) {
	fmt.Fprintf(b, "# %s\n", name)
	for _, f := range r.Findings {
		fmt.Fprintf(b, "%s %s: %s\n", f.Severity, f.Code, f.Title)
		for _, lines := range []struct {
			mark string
			of   []string
		}{{"-", f.Evidence}, {"$", checkLines(f.Checks)}, {"> " + string(f.FixMode), f.Fix}} {
			for _, l := range lines.of {
				fmt.Fprintf(b, "  %s %s\n", lines.mark, l)
			}
		}
	}
	b.WriteString("\n")
}

// checkLines are checks as a person reads them.
func checkLines(all []Check) []string {
	var lines []string
	for _, c := range all {
		l := c.Command + "  -> " + c.Expect
		if c.Control {
			l += " (control)"
		}
		lines = append(lines, l)
	}
	return lines
}

// Findings and commands contain bytes from the network, or from a saved report from
// anywhere.
func TestHostileTextIsNoCommandAndNoEscape(t *testing.T) {
	const evil = "x'; rm -rf / #\x1b[2J\u202e`id`$(id)"
	w := healthy()
	w.planned("ssm").Host = evil
	for i := range w.ask(vpcPlus2).Answers {
		if a := &w.ask(vpcPlus2).Answers[i]; a.Name == hostSSM {
			a.Name, a.ExtendedErrors, a.Discarded = evil, []string{evil}, []string{evil}
		}
	}
	w.System[0].Host = evil
	w.certificate(byBox(false), "ssm")
	w.certificate(func(h *observation.Handshake) {
		h.VerifyText, h.Certificates[0].Issuer, h.Certificates[0].Names = evil, evil, []string{evil}
	}, "ssm")
	w.silent("ssmmessages")
	w.planned("ssmmessages").Host = evil
	r := Judge(w.Observations)
	if len(r.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	named, said := false, false
	for _, f := range r.Findings {
		for _, c := range f.Confirm {
			if strings.ContainsAny(c, "\x1b\u202e") {
				t.Errorf("%s: escape sequence in %q", f.Code, c)
			}
			if strings.Contains(c, "rm -rf") {
				t.Errorf("%s: given to a shell: %s", f.Code, c)
			}
			named = named || strings.Contains(c, "HOST")
		}
		said = said || strings.Contains(strings.Join(f.Evidence, "\n"), "HOST stands for ")
		for _, l := range append(f.Evidence, f.Title) {
			if strings.ContainsAny(l, "\x1b\u202e") {
				t.Errorf("%s: escape sequence in %q", f.Code, l)
			}
		}
	}
	if !named || !said {
		t.Errorf("a placeholder stands in a command: %v, and it is said for what: %v", named, said)
	}
}

// TestWordsOfCommands: every word that a shell gets is well-formed.
func TestWordsOfCommands(t *testing.T) {
	const zoned = "fe80::1%eth0.100"
	f := &facts{o: &observation.Observations{Plan: observation.Plan{Region: "us-east-2"}}}
	for got, want := range map[string]string{
		f.hostArg("ssm.us-east-2.amazonaws.com"):                "ssm.us-east-2.amazonaws.com",
		f.hostArg("my_proxy"):                                   "my_proxy",
		f.hostArg("-f/etc/passwd"):                              "HOST", // dig would read that
		f.hostArg("+tcp"):                                       "HOST",
		f.hostArg("@192.0.2.1"):                                 "HOST",
		f.hostArg("bücher.example"):                             "HOST",
		f.hostArg(""):                                           "HOST",
		f.addressArg(netip.MustParseAddr(zoned)):                zoned,
		f.addressArg(netip.MustParseAddr("fe80::1%a b;reboot")): "fe80::1",
		f.addressArg(netip.Addr{}):                              "ADDRESS",
		f.fileArg("/a b/it's"):                                  `'/a b/it'\''s'`,
		f.fileArg("/home/müller"):                               "FILE",
		f.fileArg("-n"):                                         "FILE",
		f.bucketArg("amazon-ssm-us-east-2"):                     "amazon-ssm-us-east-2",
		f.bucketArg("--output"):                                 "BUCKET",
		f.arg("a\u2019b", "PROXY"):                              "PROXY",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	said := strings.Join(f.placeholderLines(), "\n")
	for _, w := range []string{`HOST stands for "-f/etc/passwd"`, `FILE stands for "/home/müller"`, `BUCKET stands for "--output"`} {
		if !strings.Contains(said, w) {
			t.Errorf("it is not said that %s:\n%s", w, said)
		}
	}
	if f.placeholderLines() != nil {
		t.Error("it is said twice")
	}
}

func TestProxySetting(t *testing.T) {
	f := &facts{o: &observation.Observations{}}
	for proxy, want := range map[string]string{
		"http://10.9.0.8:3128":             "http://10.9.0.8:3128 []",
		"http://10.9.0.8:3128/":            "http://10.9.0.8:3128 []",
		"http://[2001:db8::8]:3128":        "http://[2001:db8::8]:3128 []",
		"http://jo:***@proxy.example:3128": "http://jo:PASSWORD@proxy.example:3128 [PASSWORD]",
		"http://***@proxy.example:3128":    "http://USER@proxy.example:3128 [USER]",
		"http://***:***@proxy.example":     "http://USER:PASSWORD@proxy.example [USER PASSWORD]",
		`http://corp%5Cjo:***@proxy:3128`:  "http://corp%5Cjo:PASSWORD@proxy:3128 [PASSWORD]",
		`http://a"b@proxy:3128`:            "http://HOST:PORT []",
		"http://proxy:3128/?a=\" \"b":      "http://HOST:PORT []",
		"http://proxy\n:3128":              "http://HOST:PORT []",
	} {
		setting, unknown := f.proxySetting(proxy)
		if got := fmt.Sprint(setting, " ", unknown); got != want {
			t.Errorf("%q: got %s, want %s", proxy, got, want)
		}
	}
}

// TestDropInLine: systemd reads the line of a drop-in as intended, and the placeholder
// for what no report contains is named.
func TestDropInLine(t *testing.T) {
	w := healthy()
	w.Node.Agent.Installed = observation.Yes
	f := newFacts(w.Observations)
	steps := f.setProxy("http://corp%5Cjo:***@10.9.0.8:3128", nil)
	for i, want := range []string{
		"`Environment=\"https_proxy=http://corp%%5Cjo:PASSWORD@10.9.0.8:3128\" \"http_proxy=http://corp%%5Cjo:PASSWORD@10.9.0.8:3128\" \"no_proxy=169.254.169.254\"`",
		"put the proxy's own PASSWORD there",
		"then `systemctl daemon-reload`",
	} {
		if i >= len(steps) || !strings.Contains(steps[i], want) {
			t.Errorf("step %d of %q lacks %s", i+1, steps, want)
		}
	}
	if steps := f.setProxy("http://10.9.0.8:3128", nil); len(steps) != 2 || strings.Contains(strings.Join(steps, ""), "PASSWORD") {
		t.Errorf("without a password: %q", steps)
	}
	w.Node.OS = "windows"
	if steps := strings.Join(f.setProxy("http://corp%5Cjo:***@10.9.0.8:3128", nil), "\n"); !strings.Contains(steps, "https_proxy=http://corp%5Cjo:PASSWORD@10.9.0.8:3128,") ||
		!strings.Contains(steps, "put the proxy's own PASSWORD there") || strings.Contains(steps, "systemctl") {
		t.Errorf("on Windows: %s", steps)
	}
}

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", 59600 * time.Millisecond: "60 seconds", 119 * time.Second: "119 seconds",
		119600 * time.Millisecond: "2 minutes", 599200 * time.Millisecond: "10 minutes", -10*time.Minute - 29*time.Second: "10 minutes",
		90 * time.Minute: "90 minutes", 2*time.Hour - 800*time.Millisecond: "2 hours", 5*time.Hour + 40*time.Minute: "6 hours",
		47 * time.Hour: "47 hours", 48*time.Hour - time.Second: "2 days", 71 * time.Hour: "3 days",
	} {
		if got := humanDuration(d); got != want {
			t.Errorf("humanDuration(%s) = %q, want %q", d, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{
		{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a and b"},
		{[]string{"a", "b", "c"}, "a, b and c"}, {[]string{"a", "b", "c", "d", "e", "f"}, "a, b, c, d and 2 more"},
	} {
		if got := joinMax(test.names, 4); got != test.want {
			t.Errorf("joinMax(%q) = %q, want %q", test.names, got, test.want)
		}
	}
}

func TestDomainThatIsForwarded(t *testing.T) {
	f := newFacts(healthy().Observations)
	for host, want := range map[string]string{
		hostSSM:                                   "amazonaws.com",
		"SSM.us-east-2.amazonaws.com.":            "amazonaws.com",
		"ssm.us-east-2.api.aws":                   "api.aws",
		"vpce-1.ssm.us-east-2.vpce.amazonaws.com": "vpce.amazonaws.com",
		"ssm.corp.co.uk":                          "ssm.corp.co.uk",
		"ssm.us-east-2.corp.example":              "ssm.us-east-2.corp.example",
	} {
		if got := f.domain(host); got != want {
			t.Errorf("domain(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestEndpointServiceIsNamedWhereItIsPublished(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-2":      "com.amazonaws.us-east-2.ssm",
		"us-gov-west-1":  "com.amazonaws.us-gov-west-1.ssm",
		"cn-north-1":     "the endpoint service of ssm",
		"us-iso-east-1":  "the endpoint service of ssm",
		"eusc-de-east-1": "the endpoint service of ssm",
	} {
		w := healthy()
		w.Plan.Region = region
		if got := newFacts(w.Observations).endpointService(endpoint.SSM); got != want {
			t.Errorf("%s: %q, want %q", region, got, want)
		}
	}
}

func TestWhereToForward(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		want   string
	}{
		{"within the VPC", func(*world) {}, "10.0.0.2 (the VPC's resolver"},
		{"outside the VPC", func(w *world) { w.ask(vpcPlus2).Address = netip.MustParseAddrPort("10.20.0.53:53") }, "the addresses of a Route 53 Resolver inbound endpoint"},
		{"outside, with the inbound endpoint known", func(w *world) {
			w.hybrid()
			w.server("10.0.0.250", observation.RoleVPC).Given = true
		}, "10.0.0.250 (the Route 53 Resolver inbound endpoint)"},
		{"a stub on an EC2 instance", func(w *world) { w.onlyServer("127.0.0.53") }, "10.0.0.2 (the VPC's resolver"},
		{"the VPC's blocks are not known", func(w *world) { w.Metadata.VPCBlocks = nil }, "the VPC's resolver (169.254.169.253) if"},
	} {
		w := healthy()
		test.change(w)
		f := newFacts(w.Observations)
		if got := f.forwardTo(f.configured[0]); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// What is not text, or what a terminal acts on, is escaped in every line, wherever it
// was cut.
func TestSafe(t *testing.T) {
	for s, want := range map[string]string{
		"as it is: é \uFFFD":        "as it is: é \uFFFD",
		"a\x1b[31mb\n":              `a\x1b[31mb\n`,
		"no text: \xff\xfe.":        `no text: \xff\xfe.`,
		"cut: \xe2\x82":             `cut: \xe2\x82`,
		"it turns: \u202e, \xff":    `it turns: \u202e, \xff`,
		"an overlong one: \xc0\xaf": `an overlong one: \xc0\xaf`,
	} {
		if got := safe(s); got != want {
			t.Errorf("safe(%q) is %q, want %q", s, got, want)
		}
	}
	for i := range utf8.UTFMax {
		s := clipped(strings.Repeat("x", i) + strings.Repeat("\U0001F600", maxQuoted))
		if !utf8.ValidString(s) || len(s) < maxQuoted-utf8.UTFMax {
			t.Errorf("%d: %q is cut within a character", i, s)
		}
	}
}

func TestInstalledAs(t *testing.T) {
	r := judged(t, "no role, and the agent does not run", func(w *world) {
		w.Node.Agent.From = []string{"/usr/bin/amazon-ssm-agent", "no unit of the agent is among the started ones in /run/systemd/units", "/var/lib/dpkg/status"}
	})
	want := []string{"systemd has not started the agent's service", "its program is /usr/bin/amazon-ssm-agent", "installed by dpkg"}
	if i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == AgentStopped }); i < 0 || !slices.Equal(r.Findings[i].Evidence, want) {
		t.Errorf("%+v, want the evidence %q", r.Findings, want)
	}
}
