//go:build !nobrowser

package browser

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// scenario returns the report of a scenario in the mapped lab. Each scenario runs once,
// and each test gets a copy. The name may be followed by other scenarios whose faults are
// added ("+s3-policy-denies"), and by flags.
func scenario(t *testing.T, name string) *report.Document {
	t.Helper()
	run, _ := runs.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		var s lab.Scenario
		flags := []string{"--timeout", "600ms"}
		for i, word := range strings.Fields(name) {
			other, more := strings.CutPrefix(word, "+")
			if i > 0 && !more {
				flags = append(flags, word)
				continue
			}
			found, ok := scenarios.Find(other)
			if !ok {
				return "", errors.New("the lab has no scenario " + other)
			}
			found.Faults = append(slices.Clip(s.Faults), found.Faults...)
			if i > 0 {
				found.Base = s.Base
			}
			s = found
		}
		r, err := lab.Preflight(context.Background(), s, flags...)
		if err != nil {
			return "", err
		}
		var b strings.Builder
		err = report.JSON(&b, report.New("1.2.3", r.Report, r.Seen))
		return b.String(), err
	}))
	saved, err := run.(func() (string, error))()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	d, err := report.ReadJSON(strings.NewReader(saved))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

var runs sync.Map // of scenarios, by name

// nasty are texts that a network, or a saved report, may put into a page. Each would set
// a mark if it became markup or code.
var nasty = []string{
	`</script><script>window.pwned=1</script>`,
	`<!--<script>`,
	`<img src=x onerror="window.pwned=1">`,
	`"><svg onload=window.pwned=1>`,
	`' onfocus='window.pwned=1' autofocus='`,
	`javascript:window.pwned=1`,
	"]]><b>bold</b>&lt;&amp;&#60;",
	"\u202egnp.exe\u202c \u2066x\u2069",
	"a\u0000b\u0007c\x1b[31md\re\nf\u2028g\u2029h",
	"\u05d0\u05d1\u05d2 \u0627\u0644 e\u0301\u0301\u0301 \ufeff\u200d\u00ad",
	"${alert(1)} {{7*7}} @script@ @data@ $&$1",
}

// hostile is a broken run with nasty texts in every place for text.
func hostile(t *testing.T) *report.Document {
	t.Helper()
	d := scenario(t, "endpoint-blocked")
	next := 0
	text := func() string {
		next++
		return nasty[next%len(nasty)]
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		f.Title = text()
		f.Checks = []diagnose.Check{{Command: text(), Expect: text()}, {Command: text(), Control: true}}
		f.Evidence, f.Confirm, f.Fix, f.Targets = nasty, nasty, nasty, append(f.Targets, nasty...)
	}
	d.Findings = append(d.Findings, diagnose.Finding{Code: diagnose.Code(text()), Severity: diagnose.Severity(text()), Title: text()})
	d.Notes, d.ExpectFrom, d.Node.InstanceID, d.Node.RegionFrom, d.Tool.Version = nasty, text(), text(), text(), text()
	for i := range d.Targets {
		d.Targets[i].Host, d.Targets[i].Reason = text(), text()
		d.Targets[i].Because = append(d.Targets[i].Because, diagnose.Code(text()))
	}
	d.Capabilities = append(d.Capabilities, diagnose.CapabilityReport{Name: "__proto__", Verdict: "constructor", Reason: text()})
	o := d.Observations
	for i := range o.Targets {
		for j := range o.Targets[i].Addresses {
			a := &o.Targets[i].Addresses[j]
			if a.Handshake != nil {
				a.Handshake.Verified, a.Handshake.Version = false, text()
				for k := range a.Handshake.Certificates {
					a.Handshake.Certificates[k].Issuer, a.Handshake.Certificates[k].Subject = text(), text()
				}
			}
			if a.Reply != nil {
				a.Reply.ErrorCode, a.Reply.Server, a.Reply.Body = text(), text(), text()
			}
			if a.Connect != nil && a.Connect.Failure != nil {
				a.Connect.Failure.Kind, a.Connect.Failure.Text = "constructor", text()
			}
		}
	}
	for i := range o.Servers {
		for j := range o.Servers[i].Answers {
			o.Servers[i].Answers[j].Name, o.Servers[i].Answers[j].ExtendedErrors = text(), nasty
		}
	}
	return d
}
