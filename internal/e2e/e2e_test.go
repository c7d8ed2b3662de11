//go:build linux

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestScenarios runs the program in every scenario, and then its findings' checks.
func TestScenarios(t *testing.T) {
	p := build(t)
	needs(t, p)
	var mu sync.Mutex
	rows := map[string]string{}
	t.Cleanup(func() { table(rows) })
	for _, s := range scenarios.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if missing := netns.Missing(s.Needs); len(missing) > 0 {
				unable(t, "not installed: "+strings.Join(missing, ", "))
			}
			o := settle(t, p, func(p programs) outcome { return ran(t, p, s) },
				func(o outcome) bool { return onlySlow(s.Want, o.doc, o.status, o.took) })
			found := lab.Found(&o.doc.Report, o.status)
			mu.Lock()
			rows[s.Name] = fmt.Sprintf("%s\t%s\t%s\t%d ms", s.Name, s.Want, found, o.took.Milliseconds())
			mu.Unlock()
			if m := s.Want.Misses(found); len(m) > 0 {
				t.Errorf("%s\n%s", strings.Join(m, "\n"), text(o.doc))
			}
			hold(t, o.checks)
			if o.took > limit(o.doc) {
				t.Errorf("took %s, and its deadline is %s", o.took, o.doc.Observations.Plan.Deadline)
			}
			if o.doc.Observations.Ending != observation.EndingComplete && len(s.Want.Errors) == 0 {
				t.Errorf("ended by %q", o.doc.Observations.Ending)
			}
		})
	}
}

// ran runs the program in a scenario, and checks what does not depend on the machine's
// speed.
func ran(t *testing.T, p programs, s lab.Scenario) outcome {
	t.Helper()
	o, err := p.runWithChecks(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range s.Says {
		if !says(&o.doc.Report, words) {
			t.Errorf("no finding says %q\n%s", words, text(o.doc))
		}
	}
	if o.stderr != "" {
		t.Errorf("standard error: %s", o.stderr)
	}
	for _, secret := range lab.Secrets() {
		if strings.Contains(o.stdout, secret) {
			t.Errorf("the report holds the secret %q", secret)
		}
	}
	judgedAgain(t, p, o)
	return o
}

// says reports whether a finding contains the words.
func says(r *diagnose.Report, words string) bool {
	for _, f := range r.Findings {
		for _, line := range slices.Concat([]string{f.Title}, f.Evidence, f.Fix) {
			if strings.Contains(line, words) {
				return true
			}
		}
	}
	return false
}

// text returns the text report.
func text(d *report.Document) string {
	var b strings.Builder
	if err := report.Text(&b, d, report.TextOptions{}); err != nil {
		return err.Error()
	}
	return b.String()
}

// table prints what was wanted and found, one line per scenario.
func table(rows map[string]string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SCENARIO\tWANTED\tFOUND\tTIME")
	for _, s := range scenarios.All() {
		if row, ok := rows[s.Name]; ok {
			fmt.Fprintln(w, row)
		}
	}
	w.Flush()
}
