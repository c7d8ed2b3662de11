package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// ignored is the broken instance, whose only error --ignore accepts.
func ignored() *report.Document {
	d := broken()
	d.Verdict = diagnose.Pass
	d.Findings[0].Ignored = true
	d.Capabilities[1] = can(diagnose.Pass, endpoint.SessionManager)
	d.Capabilities[1].Reason = "ignored: endpoint-blocked"
	d.Targets[1] = judged(diagnose.Pass, "ssmmessages", host("ssmmessages"), true)
	d.Targets[1].Reason = "ignored: endpoint-blocked"
	return d
}

// Nobody reads that something works which does not: that --ignore accepts an error
// makes it pass, and mends nothing. Nor does anything advise to mend it.
func TestIgnoredError(t *testing.T) {
	warned := ignored()
	warned.Verdict = diagnose.Warn
	warned.Findings = append(warned.Findings, diagnose.Finding{Code: diagnose.ClockSkew, Severity: diagnose.Warning, Title: "the clock is wrong"})
	all := ignored()
	for i := range all.Capabilities {
		all.Capabilities[i].Reason = "ignored: clock-skew, endpoint-blocked"
	}
	for _, c := range []struct {
		name string
		d    *report.Document
		head string
	}{
		{"one capability", ignored(), "Run Command and Agent update can work from this node; errors are ignored for Session Manager (--ignore)"},
		{"a warning besides", warned, "errors are ignored for Session Manager (--ignore); everything else requested can work, with a warning"},
		{"all", all, "errors are ignored for Run Command, Session Manager and Agent update (--ignore)"},
	} {
		for _, o := range []report.TextOptions{{}, {Verbose: true}, {Brief: true}} {
			o.Width = 1000
			got := text(t, c.d, o)
			if !strings.HasPrefix(got, strings.ToUpper(string(c.d.Verdict))+"  "+c.head) {
				t.Errorf("%s: no %q at the beginning of\n%s", c.name, c.head, got)
			}
			if strings.Contains(got, "Session Manager: can work") || strings.Contains(got, "security group of the VPC endpoint") && !o.Verbose {
				t.Errorf("%s: it says that the ignored can work, or advises to mend it:\n%s", c.name, got)
			}
		}
		if got := formatted(t, c.d, report.Markdown); strings.Contains(got, "| Session Manager | can work") || strings.Contains(got, "### Fix") && c.name != "a warning besides" {
			t.Errorf("%s: Markdown says that the ignored can work, or advises to mend it:\n%s", c.name, got)
		}
	}
	if got := text(t, ignored(), report.TextOptions{Width: 1000}); !strings.Contains(got, "10.0.1.102 and 10.0.2.102, ignored: endpoint-blocked\n") {
		t.Errorf("the service reads like one that answered:\n%s", got)
	}
}

// An ignored warning leaves what works as it is.
func TestIgnoredWarning(t *testing.T) {
	d := healthy()
	d.Capabilities[0].Reason = "ignored: clock-skew"
	d.Findings = []diagnose.Finding{{Code: diagnose.ClockSkew, Severity: diagnose.Warning, Ignored: true, Title: "the clock is wrong"},
		{Code: diagnose.AgentOutdated, Severity: diagnose.Info, Ignored: true, Title: "the agent is old"}}
	got := text(t, d, report.TextOptions{Width: 1000})
	if !strings.HasPrefix(got, "PASS  Run Command, Session Manager and Agent update can work from this node\n") ||
		!strings.Contains(got, "ignored warning: the clock is wrong (clock-skew); ignored: the agent is old (agent-outdated)") {
		t.Errorf("%s", got)
	}
}

// A passing report claims no more than was seen.
func TestPassing(t *testing.T) {
	line := func(d *report.Document, begin string) string {
		lines := strings.Split(text(t, d, report.TextOptions{Width: 1000}), "\n")
		i := slices.IndexFunc(lines, func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), begin) })
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(lines[i])
	}
	proxied := healthy()
	for i := range proxied.Observations.Targets {
		x := &proxied.Observations.Targets[i]
		inside := reached(observation.ClassPublic, "52.219.96.10").Stages
		x.Addresses, x.Untried, x.Proxy = nil, nil, &observation.ProxyObservation{URL: "http://proxy.example.com:3128", Inside: inside}
	}
	public := healthy()
	for i := range public.Observations.Targets {
		for j := range public.Observations.Targets[i].Addresses {
			public.Observations.Targets[i].Addresses[j].Class = observation.ClassPublic
		}
	}
	public.Observations.Targets[0].Addresses = append(public.Observations.Targets[0].Addresses, silent(observation.ClassPrivate, "10.0.9.9"))
	half := healthy()
	half.Observations.Targets[0].Addresses = append(half.Observations.Targets[0].Addresses, silent(observation.ClassPublic, "2600:1f16::a"))
	bare := healthy()
	bare.Observations.Node.Agent.Installed = observation.No
	hybrid := healthy()
	hybrid.Observations.Node.Agent.Installed = observation.No
	hybrid.Observations.Node.Kind = observation.NodeHybrid
	for _, c := range []struct {
		name        string
		d           *report.Document
		begin, want string
		never       string
	}{
		{"an address that did not answer", half, "ssm ", "10.0.1.101", "2600:"},
		{"buckets share the line of S3 behind a proxy", proxied, "s3 and a bucket", "through the proxy", ""},
		{"a proxy may use endpoints or not", proxied, "SSM Agent", "not known", "VPC endpoints"},
		{"public addresses, whatever DNS should give", public, "SSM Agent", "; no VPC endpoints in use", ""},
		{"private addresses", healthy(), "SSM Agent", "; VPC endpoints in use", ""},
		{"there is an agent, or may be", healthy(), "Still", "Still not in Fleet Manager? The IAM role was not tested", ""},
		{"no agent", bare, "Next", "Next: install the SSM Agent. The IAM role was not tested", ""},
		{"no agent outside EC2", hybrid, "Next", "hybrid activation", ""},
	} {
		if got := line(c.d, c.begin); !strings.Contains(got, c.want) || c.never != "" && strings.Contains(got, c.never) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// The headline of a run that ended too early names no warning: the evidence does.
func TestWhy_undecided(t *testing.T) {
	d := undecided()
	d.Findings = []diagnose.Finding{{Code: diagnose.ClockSkew, Severity: diagnose.Warning, Title: "the clock is wrong", Evidence: []string{"72s"}}}
	if got := text(t, d, report.TextOptions{Width: 1000}); !strings.Contains(got, "\nWhy   clock-skew: the clock is wrong\n      - 72s\n") {
		t.Errorf("the warning has no title:\n%s", got)
	}
}
