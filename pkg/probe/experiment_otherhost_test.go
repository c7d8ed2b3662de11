package probe

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// TestOtherHostIsTheFirstOfThePlan, whichever is the first in time, and does not
// wait for one that never answers.
func TestOtherHostIsTheFirstOfThePlan(t *testing.T) {
	a := netip.MustParseAddr("10.0.1.1")
	for _, test := range []struct {
		name  string
		after map[string]time.Duration // when the handshake passes; not named: never ends
		fails map[string]time.Duration
		want  string
		took  time.Duration
	}{
		{"the last in time", map[string]time.Duration{"b": 30 * time.Millisecond, "c": time.Millisecond}, nil, "b", 30 * time.Millisecond},
		{"the first fails", map[string]time.Duration{"c": time.Millisecond}, map[string]time.Duration{"b": 20 * time.Millisecond}, "c", 20 * time.Millisecond},
		{"the first is silent", map[string]time.Duration{"c": time.Millisecond}, nil, "c", otherHostPatience},
		{"none", nil, map[string]time.Duration{"b": 20 * time.Millisecond, "c": 30 * time.Millisecond}, "", 30 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				plan := observation.Plan{}
				for _, host := range []string{"a", "b", "c"} {
					var p observation.PlannedTarget
					p.Name, p.Host = host, host
					plan.Targets = append(plan.Targets, p)
				}
				r := newRun(t.Context(), &Prober{}, Job{Plan: plan}, node.Local{Node: observation.Node{}}, nil)
				for _, target := range r.targets {
					target.order = []netip.Addr{a}
					for ends, passed := range map[*map[string]time.Duration]bool{&test.after: true, &test.fails: false} {
						if d, ok := (*ends)[target.plan.Host]; ok {
							time.AfterFunc(d, func() { target.noteHandshake(a, passed) })
						}
					}
				}
				start := time.Now()
				if got := r.otherHost(t.Context(), "a"); got != test.want || time.Since(start) != test.took {
					t.Errorf("%q after %s, want %q after %s", got, time.Since(start), test.want, test.took)
				}
			})
		})
	}
}
