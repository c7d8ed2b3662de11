package report_test

import (
	"io"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestStoppedAgentIsSaid wants that no format says that something can work on a
// node whose agent is stopped without saying so first.
func TestStoppedAgentIsSaid(t *testing.T) {
	stopped := diagnose.Finding{Code: diagnose.AgentStopped, Severity: diagnose.Warning, Title: "the SSM Agent is installed and does not run"}
	for name, d := range documents() {
		d.Findings = append(d.Findings, stopped)
		if d.Verdict == diagnose.Pass {
			d.Verdict = diagnose.Warn
		}
		for format, write := range map[string]func(io.Writer, *report.Document) error{
			"text":     func(w io.Writer, d *report.Document) error { return report.Text(w, d, report.TextOptions{Width: 1000}) },
			"markdown": report.Markdown,
			"nagios":   func(w io.Writer, d *report.Document) error { return report.Nagios(w, d, false) },
		} {
			said := formatted(t, d, write)
			first, _, _ := strings.Cut(said, "\n")
			if !strings.Contains(first, "the SSM Agent is stopped") {
				t.Errorf("%s, %s: it begins with\n%s", name, format, first)
			}
			for line := range strings.Lines(said) {
				if strings.Contains(line, ": can work") && !strings.Contains(line, "can work once the SSM Agent runs") {
					t.Errorf("%s, %s: %s", name, format, line)
				}
			}
		}
		if said := formatted(t, d, formats["short"]); !strings.Contains(said, "does not run (agent-stopped)") {
			t.Errorf("%s, short:\n%s", name, said)
		}
	}
}
