package hostile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// TestHostile runs every hostile scenario in the mapped lab, for the race detector and
// on every system. The end-to-end test checks the findings: on a busy machine a slow
// server may count as silent.
func TestHostile(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range hostile.Scenarios() {
		if !strings.HasPrefix(s.Name, "hostile-") || seen[s.Name] || s.Title == "" || len(s.Title) > 120 {
			t.Errorf("%q: %q does not read well", s.Name, s.Title)
		}
		seen[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			if s.NetnsOnly != "" {
				t.Skipf("SKIP: %s", s.NetnsOnly)
			}
			t.Parallel()
			r, err := lab.Preflight(t.Context(), s, "--region", "us-east-2", "--timeout", "1200ms", "--deadline", "5s")
			if err != nil {
				t.Fatal(err)
			}
			if s.Want.Verdict == diagnose.Fail && r.Report.Verdict != diagnose.Fail && !r.Report.Undecided {
				t.Errorf("verdict %q, wanted %q: %s", r.Report.Verdict, s.Want.Verdict, lab.Found(r.Report, r.Status))
			}
			// Only a hang takes this long; the end-to-end test measures.
			if took := time.Duration(r.Seen.Duration); took > 2*time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}
