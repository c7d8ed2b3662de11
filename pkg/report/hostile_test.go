package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// attack is what a network, a saved report or a file might put into any text:
// what a terminal obeys, and what ends a string, a span, a block, a table, a
// tag, a section or a line in each of the formats, and begins something else.
const attack = "EVIL\x1b[2J\u009b31m\u202e\u2800\u3164\u115f\u1160\uffa0\u034f\r\n\x00\xff# HELP x y\nx 1\n" +
	"| 'a'=1;;;\n``` \n````\n~~~\n</script><script>alert(1)</script><img src=x onerror=alert(1)>" +
	"]]><failure/>\"}{'\\`|`\\|<!-- --> --> [a](http://evil.example) ![b](//evil) www.evil.example https://evil.example/ " +
	"bob@evil.example @everyone #1 *b* _i_ ~s~ $x$ &lt; \n## h\n- l\n1. n\n> q\n\t---\n{{7*7}} %s %d \u2028"

// attacked is a broken report with the attack in each of its texts.
func attacked() *report.Document { return filled(attack) }

// filled is a broken report with one text in all places that take one.
func filled(attack string) *report.Document {
	d := broken()
	block := attack
	if strings.Contains(attack, "````") {
		block = "````" // a whole line that ends a block
	}
	d.Tool.Version, d.Node.InstanceID, d.Node.Region, d.Node.RegionFrom = attack, attack, attack, attack
	d.Node.Hostname, d.Node.RegistrationID, d.Node.VPCID, d.Node.SubnetID = attack, attack, attack, attack
	d.ExpectFrom, d.Node.Partition = attack, attack
	d.Notes = append(d.Notes, attack)
	d.Capabilities[0].Verdict, d.Capabilities[0].Reason = diagnose.Skip, attack
	d.Capabilities[1].Because = append(d.Capabilities[1].Because, diagnose.Code(attack))
	for i := range d.Targets {
		d.Targets[i].Host, d.Targets[i].Reason = attack, attack
	}
	d.Targets[0].Name, d.Targets[1].Because = attack, []diagnose.Code{diagnose.Code(attack)}
	d.Findings = append(d.Findings, diagnose.Finding{Code: diagnose.Code(attack), Severity: diagnose.Error, Title: attack,
		Targets: []string{attack}, Evidence: []string{attack, block}, Confirm: []string{attack, block}, Fix: []string{attack}},
		diagnose.Finding{Code: "clock-skew", Severity: diagnose.Warning, Title: attack, Evidence: []string{"", attack}, Fix: []string{attack}})
	o := d.Observations
	o.Targets[0].Name = attack
	o.Targets[0].Addresses[0].Connect.Failure = &observation.Failure{Op: observation.Op(attack), Kind: observation.Kind(attack), Text: attack}
	o.Targets[3].Proxy = &observation.ProxyObservation{URL: attack, Address: netip.MustParseAddrPort("10.0.0.1:1")}
	o.Node.Proxy.HTTPS, o.Node.Proxy.From = attack, attack
	o.Plan.Servers[0].From = attack
	return d
}

// A command is shown as it is or not at all: another spelling of one of its
// characters may end its quotes.
func TestCommandsAreNeverSpelled(t *testing.T) {
	const good = `dig @10.0.0.2 'a'\''b' | grep "x"`
	for _, evil := range []string{"dig '\u2019; reboot; \u2018'", "dig '\n reboot '", "dig '\x1b[2J'", "dig 'ä'", "dig '\u3164'", "dig '\xff'"} {
		d := broken()
		d.Findings[0].Severity, d.Findings[0].Checks = diagnose.Error, []diagnose.Check{{Command: good}, {Command: evil, Expect: "`reboot`"}}
		for name, format := range map[string]func(io.Writer, *report.Document) error{
			"text": func(w io.Writer, d *report.Document) error {
				return report.Text(w, d, report.TextOptions{Verbose: true})
			},
			"text in ASCII": func(w io.Writer, d *report.Document) error {
				return report.Text(w, d, report.TextOptions{Verbose: true, ASCII: true})
			},
			"Markdown": report.Markdown,
			"JUnit":    func(w io.Writer, d *report.Document) error { return report.JUnit(w, d, false) },
		} {
			text := strings.NewReplacer("&#39;", "'", "&#34;", `"`).Replace(formatted(t, d, format))
			if strings.Contains(text, "dig '") || !strings.Contains(text, "# a command is left out") {
				t.Errorf("%s shows %q otherwise:\n%s", name, evil, text)
			}
			if !strings.Contains(text, good+"\n") {
				t.Errorf("%s lacks %s:\n%s", name, good, text)
			}
		}
	}
}

// Nothing of a report reaches a terminal, a log or a browser as a command.
func TestFormatsEscapeForTerminals(t *testing.T) {
	for name, format := range allFormats() {
		for _, r := range formatted(t, attacked(), format) {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, quote.Invisible) || r == unicode.ReplacementChar) {
				t.Errorf("%s: %U reaches the writer", name, r)
				break
			}
		}
	}
}

// One line a problem.
func TestShortHostile(t *testing.T) {
	for line := range strings.Lines(formatted(t, attacked(), formats["short"])) {
		if !regexp.MustCompile(`^(FAIL|WARN|SKIP|FIX )  \S`).MatchString(line) {
			t.Errorf("a line that is none of ours: %.80q", line)
		}
	}
}

func TestNDJSONHostile(t *testing.T) {
	if s := formatted(t, attacked(), formats["ndjson"]); strings.Count(s, "\n") != 1 || !strings.HasSuffix(s, "}\n") {
		t.Errorf("%d lines", strings.Count(s, "\n"))
	}
}

// The XML is well-formed, and has the elements that the harmless report has.
func TestJUnitHostile(t *testing.T) {
	text := formatted(t, attacked(), formats["junit.xml"])
	d := xml.NewDecoder(strings.NewReader(text))
	known := map[string]bool{"testsuites": true, "testsuite": true, "properties": true, "property": true, "testcase": true,
		"failure": true, "error": true, "skipped": true, "system-out": true}
	failures := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if !known[x.Name.Local] {
				t.Errorf("an element of its own: %s", x.Name.Local)
			}
			if x.Name.Local == "failure" {
				failures++
			}
		case xml.Comment:
			t.Errorf("a comment: %s", x)
		}
	}
	if failures != 3 { // Session Manager, ssmmessages, and the target that the second cause names
		t.Errorf("%d failures", failures)
	}
}

var sampleLine = regexp.MustCompile(`^ssmcheck_[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? -?[0-9.]+$`)

func TestPrometheusHostile(t *testing.T) {
	text := formatted(t, attacked(), formats["prom"])
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, "# HELP ssmcheck_") && !strings.HasPrefix(line, "# TYPE ssmcheck_") && !sampleLine.MatchString(line) {
			t.Errorf("a line that is none of ours: %.120q", line)
		}
		series := line[:strings.LastIndex(line, " ")]
		if seen[series] {
			t.Errorf("twice: %s", series)
		}
		seen[series] = true
	}
}

// The metrics of every document pass Prometheus' own checker.
func TestPrometheusPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is not installed (package prometheus)")
		}
		t.Skip("SKIP: promtool is not installed (package prometheus)")
	}
	all := documents()
	all["attacked"], all["empty"] = attacked(), &report.Document{}
	for name, d := range all {
		c := exec.Command(promtool, "check", "metrics")
		c.Stdin = strings.NewReader(formatted(t, d, formats["prom"]))
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

// A bar begins performance data, and there is one of them.
func TestNagiosHostile(t *testing.T) {
	text := formatted(t, attacked(), formats["nagios"])
	first, _, _ := strings.Cut(text, "\n")
	if strings.Count(text, "|") != 1 || !strings.Contains(first, " | 'duration'=") || !strings.HasPrefix(text, "SSM CRITICAL - ") {
		t.Errorf("bars: %d, first line: %s", strings.Count(text, "|"), first)
	}
	perf := first[strings.Index(first, " | ")+3:]
	if !regexp.MustCompile(`^('[^'=]+'=([0-9.]+s?;;;0|U) ?)+$`).MatchString(perf) {
		t.Errorf("performance data: %s", perf)
	}
	if len(text) > 8<<10 {
		t.Errorf("%d bytes, and Nagios reads 8 KiB", len(text))
	}
}

// The verdict stays the first thing that is read however much is found.
func TestNagiosLong(t *testing.T) {
	d := broken()
	for range 200 {
		d.Findings = append(d.Findings, d.Findings[0])
	}
	text := formatted(t, d, formats["nagios"])
	first, _, _ := strings.Cut(text, "\n")
	if len(text) > 8<<10 || !strings.Contains(first, "... | 'duration'=") {
		t.Errorf("%d bytes, first line: %s", len(text), first)
	}
}

// Addresses lose a zone that is none, where a document is read.
func TestReadProvesZones(t *testing.T) {
	d := broken()
	d.Observations.Plan.Servers[0].Address = netip.MustParseAddrPort("[fd00::53%lo\ndhcp-script=/tmp/x.sh\n]:53")
	d.Observations.Targets[0].Addresses[0].Address = netip.MustParseAddr("fe80::1%eth0")
	var b bytes.Buffer
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	read, err := report.ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if got := read.Observations.Plan.Servers[0].Address; got != netip.MustParseAddrPort("[fd00::53]:53") {
		t.Errorf("the zone is there: %q", got)
	}
	if got := read.Observations.Targets[0].Addresses[0].Address; got.Zone() != "eth0" {
		t.Errorf("an interface is not there: %q", got)
	}
}
