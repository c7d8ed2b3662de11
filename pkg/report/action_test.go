package report_test

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// twice is the broken instance with two errors, which both end in the agent's
// restart.
func twice() *report.Document {
	d := broken()
	second := d.Findings[0]
	second.Code, second.Title, second.Targets = diagnose.S3Blocked, "S3 gives no answer", []string{"s3"}
	second.Evidence = []string{"52.219.96.10:443: no answer in 3s"}
	second.Fix = []string{"add a gateway endpoint", d.Findings[0].Fix[2]}
	second.Actions = []fix.Action{{Kind: fix.RestartAgent}}
	d.Findings = append(d.Findings, second)
	return d
}

// The agent is restarted once, after every other step, whatever the format.
func TestFix_restartOnceAndLast(t *testing.T) {
	d := twice()
	restart, other := "restart amazon-ssm-agent", "add a gateway endpoint"
	for _, format := range []string{"text", "md", "short"} {
		got := text(t, d, report.TextOptions{Width: 1000})
		if format != "text" {
			got = formatted(t, d, formats[format])
		}
		if strings.Count(got, restart) != 1 || strings.Index(got, restart) < strings.Index(got, other) {
			t.Errorf("%s: the restart is not once behind the other steps:\n%s", format, got)
		}
	}
}

// Of restarts with and without an alternative, the one that serves both findings
// stays, whichever comes first.
func TestFix_restartServesBoth(t *testing.T) {
	const plain, either = "restart amazon-ssm-agent after the fix", "restart amazon-ssm-agent after the fix, or run flush-it"
	for _, last := range [][2]string{{plain, either}, {either, plain}} {
		d := twice()
		d.Findings[0].Fix[2] = last[0]
		d.Findings[len(d.Findings)-1].Fix[1] = last[1]
		if got := text(t, d, report.TextOptions{Width: 1000}); strings.Count(got, plain) != 1 || strings.Contains(got, "flush-it") {
			t.Errorf("%q: not the restart that serves both:\n%s", last, got)
		}
	}
}

// If no connection at all is answered, that is the headline. One that is refused
// is answered.
func TestSummary_commonCause(t *testing.T) {
	silence := func(d *report.Document) {
		for i := range d.Observations.Targets {
			x := &d.Observations.Targets[i]
			for j, a := range x.Addresses {
				x.Addresses[j] = silent(a.Class, a.Address.String())
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(d *report.Document)
		want   bool
	}{
		{"silence everywhere", silence, true},
		{"AWS answers somewhere", func(*report.Document) {}, false},
		{"one is refused", func(d *report.Document) {
			silence(d)
			d.Observations.Targets[0].Addresses[0].Connect.Failure.Kind = observation.KindConnectionRefused
		}, false},
		{"another cause besides", func(d *report.Document) {
			silence(d)
			d.Findings[1].Code = diagnose.ClockSkew
		}, false},
	} {
		d := twice()
		c.change(d)
		first, _, _ := strings.Cut(text(t, d, report.TextOptions{Width: 1000}), "\n")
		if got := strings.Contains(first, "TCP port 443, private or public"); got != c.want {
			t.Errorf("%s: the headline names what they have in common: %t\n%s", c.name, got, first)
		}
	}
}

// Evidence that differs in its place and its time alone is one line, which names
// every place.
func TestWhy_onePerKind(t *testing.T) {
	ssm, messages := host("ssm"), host("ssmmessages")
	for _, c := range []struct {
		name     string
		evidence []string
		lines    []string
	}{
		{"addresses", []string{"10.0.1.102:443 (" + messages + "): no answer in 3s", "10.0.2.102:443 (" + messages + "): no answer in 2.9s"},
			[]string{"10.0.1.102 10.0.2.102 ssmmessages no answer"}},
		{"another failure", []string{"10.0.1.102:443 (" + messages + "): no answer in 3s", "10.0.2.102:443 (" + messages + "): refused after 1ms"},
			[]string{"10.0.1.102 no answer", "10.0.2.102 refused"}},
		{"names at a server", []string{"10.0.0.2: " + ssm + ": NXDOMAIN in 2ms", "10.0.0.2: " + messages + ": NXDOMAIN in 3ms"},
			[]string{"10.0.0.2 ssm ssmmessages NXDOMAIN"}},
		{"names at two servers", []string{"10.0.0.2: " + ssm + ": NXDOMAIN in 2ms", "10.0.0.3: " + ssm + ": NXDOMAIN in 3ms"},
			[]string{"10.0.0.2 NXDOMAIN", "10.0.0.3 NXDOMAIN"}},
		{"anywhere in a line", []string{"CONNECT " + ssm + ":443: status 403 in 2ms", "CONNECT " + messages + ":443: status 403 in 3ms"},
			[]string{"CONNECT " + ssm + " ssmmessages 403"}},
	} {
		d := broken()
		d.Findings[0].Evidence = c.evidence
		_, why, _ := strings.Cut(text(t, d, report.TextOptions{Width: 1000}), "\nWhy ")
		why, _, _ = strings.Cut(why, "\n\n")
		lines := strings.Split(why, "\n")
		if len(lines) != len(c.lines) {
			t.Errorf("%s: %d lines, want %d:\n%s", c.name, len(lines), len(c.lines), why)
			continue
		}
		for i, line := range lines {
			for want := range strings.FieldsSeq(c.lines[i]) {
				if !strings.Contains(line, want) {
					t.Errorf("%s: no %q in %q", c.name, want, line)
				}
			}
		}
	}
}

// What to expect of a command is pasted along with it, and some shells know no
// comments: it has nothing that one would run.
func TestExpect_inert(t *testing.T) {
	d := broken()
	hostile := "CA;a & b|c`d`$(e)<(f)>g =(h)\ni\rj"
	d.Findings[0].Checks = []diagnose.Check{{Command: "nc -vz 10.0.1.102 443", Expect: hostile}, {Command: "nc " + strings.Repeat("x", 90), Expect: hostile}}
	for name, got := range map[string]string{
		"text": text(t, d, report.TextOptions{}), "md": formatted(t, d, report.Markdown), "junit": formatted(t, d, formats["junit.xml"]),
	} {
		n := 0
		for line := range strings.Lines(got) {
			_, expect, found := strings.Cut(line, "# expect: CA")
			if !found {
				continue
			}
			n++
			if strings.ContainsAny(expect, ";&|`$<>") || strings.Contains(expect, "=(") || !strings.Contains(expect, "j") {
				t.Errorf("%s: %q", name, expect)
			}
		}
		if n < 2 {
			t.Errorf("%s: %d lines that say what to expect:\n%s", name, n, got)
		}
	}
}
