package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// TestSteps: an action stands for steps that the fix has, and the restart for the last
// one. Several steps say how they go together, and there are at most three checks, each
// with what to expect.
func TestSteps(t *testing.T) {
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		for _, f := range Judge(w.Observations).Findings {
			for _, a := range f.Actions {
				if a.Kind == fix.RestartAgent && f.FixMode != "" && !slices.Equal(a.Steps, []int{len(f.Fix)}) {
					t.Errorf("%s: %s: the restart is step %v of %d", test.name, f.Code, a.Steps, len(f.Fix))
				}
				if slices.ContainsFunc(a.Steps, func(n int) bool { return n < 1 || n > len(f.Fix) }) {
					t.Errorf("%s: %s: %s stands for steps %v of %d", test.name, f.Code, a.Kind, a.Steps, len(f.Fix))
				}
			}
			if (f.FixMode == "") != (len(f.Fix) < 2) {
				t.Errorf("%s: %s: %d steps, and the mode %q", test.name, f.Code, len(f.Fix), f.FixMode)
			}
			if len(f.Checks) > maxChecks || len(f.Checks) != len(f.Confirm) {
				t.Errorf("%s: %s: %d checks, %d commands", test.name, f.Code, len(f.Checks), len(f.Confirm))
			}
		}
	}
}

// TestEndpointBlockedSteps: the step for the rule of the endpoint's group is the one
// that the action stands for, wherever it is among the steps.
func TestEndpointBlockedSteps(t *testing.T) {
	for _, names := range [][]string{{"ssmmessages"}, allNames} {
		w := healthy()
		w.silent(names...)
		for _, f := range Judge(w.Observations).Findings {
			if f.Code != EndpointBlocked {
				continue
			}
			want := slices.IndexFunc(f.Fix, func(s string) bool { return strings.Contains(s, "of the interface endpoint") }) + 1
			if a := f.Actions[0]; a.Kind != fix.AllowIngress || !slices.Equal(a.Steps, []int{want}) {
				t.Errorf("%v: %s stands for %v, want %d of %q", names, a.Kind, a.Steps, want, f.Fix)
			}
		}
	}
}
