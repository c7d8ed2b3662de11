package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The node's own name is replaced whatever it is, and never takes a word away
// that the diagnosis needs.
func TestRedact_hostname(t *testing.T) {
	for _, name := range []string{
		"quokka-9", "QUOKKA-9", "quokka-9.corp.example", "ip-10-0-2-10", "ip-10-0-2-10.us-east-2.compute.internal",
		"web", "ssm", "s3", "ec2", "proxy", "linux", "amazon-ssm-agent", "us-east-2", "systemd-resolved",
	} {
		d := broken()
		d.Observations.Node.Hostname = name
		d.Observations.Node.Container = "the host is " + strings.ToLower(name) // any text that may quote it
		whole := diagnose.Judge(d.Observations)
		got := redacted(t, d)
		if h := got.Node.Hostname; h == "" || strings.EqualFold(h, name) || strings.Contains(strings.ToLower(h), "quokka") {
			t.Errorf("%s became %q", name, h)
		}
		if c := got.Observations.Node.Container; strings.Contains(c, "quokka") {
			t.Errorf("%s: a text became %q", name, c)
		}
		if got.Verdict != whole.Verdict || len(got.Findings) != len(whole.Findings) || got.Node.Region != whole.Node.Region {
			t.Errorf("%s: judged otherwise: %s, %d findings, Region %s", name, got.Verdict, len(got.Findings), got.Node.Region)
		}
		for i := range got.Targets {
			if got.Targets[i].Name != whole.Targets[i].Name || got.Targets[i].Verdict != whole.Targets[i].Verdict {
				t.Errorf("%s: target %+v, was %+v", name, got.Targets[i], whole.Targets[i])
			}
		}
	}
	d := healthy()
	d.Observations.Node.Hostname = "localhost.localdomain"
	if got := redacted(t, d).Node.Hostname; got != "localhost.localdomain" {
		t.Errorf("the name of every node became %q", got)
	}
}

// The host name is in every format, and a redacted one has only its stand-in.
func TestFormats_hostname(t *testing.T) {
	d := broken()
	d.Observations.Node.Hostname = "quokka-9"
	whole := report.New("1.2.3", diagnose.Judge(d.Observations), d.Observations)
	for format, write := range allFormats() {
		var b bytes.Buffer
		if err := write(&b, whole); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "quokka-9") {
			t.Errorf("%s has no host name", format)
		}
		b.Reset()
		if err := write(&b, redacted(t, whole)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "quokka") || !strings.Contains(b.String(), "host-1") {
			t.Errorf("%s has not the stand-in of the host name", format)
		}
	}
}
