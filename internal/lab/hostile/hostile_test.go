package hostile_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// turns is read-locked by concurrent runs. A run that must be alone locks it.
var turns sync.RWMutex

// preflight runs a scenario when its turn comes.
func preflight(t *testing.T, s lab.Scenario, turn sync.Locker, timeout, deadline string) *lab.Run {
	t.Helper()
	turn.Lock()
	defer turn.Unlock()
	r, err := lab.Preflight(t.Context(), s, "--region", "us-east-2", "--timeout", timeout, "--deadline", deadline)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

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
			r := preflight(t, s, turns.RLocker(), "1200ms", "5s")
			missed := func() bool {
				return s.Want.Verdict == diagnose.Fail && r.Report.Verdict != diagnose.Fail && !r.Report.Undecided
			}
			if missed() {
				t.Logf("%s: run again, alone and with more time", lab.Found(r.Report, r.Status))
				r = preflight(t, s, &turns, "6s", "25s")
			}
			if missed() {
				t.Errorf("verdict %q, wanted %q: %s", r.Report.Verdict, s.Want.Verdict, lab.Found(r.Report, r.Status))
			}
			// Only a hang takes this long; the end-to-end test measures.
			if took := time.Duration(r.Seen.Duration); took > 2*time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}
