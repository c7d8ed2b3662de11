//go:build linux

package e2e

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// turns is read-locked by concurrent runs. A run that must be alone locks it.
var turns sync.RWMutex

// slots limits the number of concurrent runs.
var slots = make(chan struct{}, atOnce)

// alone returns programs that run while no other run is in progress.
func (p programs) alone() programs {
	p.solo = true
	return p
}

// turn waits until a run may start, and returns what ends its turn.
func (p programs) turn() (end func()) {
	if p.solo {
		turns.Lock()
		return turns.Unlock
	}
	slots <- struct{}{}
	turns.RLock()
	return func() { turns.RUnlock(); <-slots }
}

// onlySlow reports whether a run differs from what is wanted only in what a loaded
// machine can cause: warnings about time, or a late end.
func onlySlow(want lab.Want, d *report.Document, status int, took time.Duration) bool {
	found := lab.Found(&d.Report, status)
	if len(want.Misses(found)) > 0 {
		return want.OnlySlow(found, len(d.Observations.Pauses) > 0)
	}
	return took > limit(d) || d.Observations.Ending == observation.EndingDeadline && len(want.Errors) == 0
}

// limit returns how long a run may take.
func limit(d *report.Document) time.Duration {
	return time.Duration(d.Observations.Plan.Deadline) + grace
}

// slowFinding reports whether a run has a warning about time.
func slowFinding(d *report.Document) bool {
	return slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool {
		return f.Severity == diagnose.Warning && lab.AboutTime(f.Code)
	})
}

// settle runs the programs, and once more, alone, if the first run only was slow.
// Then the second run counts. A test that has failed gets no second run.
func settle[T any](t *testing.T, p programs, run func(programs) T, slow func(T) bool) T {
	t.Helper()
	first := run(p)
	if t.Failed() || !slow(first) {
		return first
	}
	t.Log("differs only by its time, as on a loaded machine: run again, alone")
	return run(p.alone())
}

// TestOnlySlow: a run that exceeds its limit is repeated, but not one with other
// findings, however long it took.
func TestOnlySlow(t *testing.T) {
	const soon, late = time.Second, time.Minute
	for _, test := range []struct {
		name   string
		codes  []diagnose.Code
		ending observation.Ending
		took   time.Duration
		want   bool
	}{
		{"as wanted", nil, observation.EndingComplete, soon, false},
		{"a slow answer", []diagnose.Code{diagnose.DNSSlow}, observation.EndingComplete, soon, true},
		{"a slow answer, and late", []diagnose.Code{diagnose.DNSSlow}, observation.EndingDeadline, late, true},
		{"late", nil, observation.EndingComplete, late, true},
		{"cut off by its deadline", nil, observation.EndingDeadline, soon, true},
		{"interrupted", nil, observation.EndingInterrupted, soon, false},
		{"something else", []diagnose.Code{diagnose.ClockSkew}, observation.EndingComplete, soon, false},
		{"something else, and late", []diagnose.Code{diagnose.ClockSkew}, observation.EndingDeadline, late, false},
	} {
		d := &report.Document{Report: diagnose.Report{Verdict: diagnose.Pass}, Observations: &observation.Observations{Ending: test.ending}}
		for _, c := range test.codes {
			d.Verdict = diagnose.Warn
			d.Findings = append(d.Findings, diagnose.Finding{Code: c, Severity: diagnose.Warning})
		}
		if got := onlySlow(lab.Want{Verdict: diagnose.Pass}, d, 0, test.took); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}

// TestSettle: the second run counts, and it is alone.
func TestSettle(t *testing.T) {
	slow := func(i int) bool { return i == 1 }
	for _, first := range []int{0, 1} {
		runs := 0
		got := settle(t, programs{}, func(p programs) int {
			if runs++; runs == 1 {
				return first
			}
			end := p.turn()
			defer end()
			if turns.TryRLock() {
				turns.RUnlock()
				t.Error("another run may go on at the same time")
			}
			return 2
		}, slow)
		if runs != 1+first || got != 2*first {
			t.Errorf("%d: %d runs, and %d", first, runs, got)
		}
	}
}
