package lab_test

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// TestWant_OnlySlow: only unwanted warnings about time justify a second run.
func TestWant_OnlySlow(t *testing.T) {
	type codes = []diagnose.Code
	blocked := map[diagnose.Code][]string{diagnose.EndpointBlocked: {"ssm"}}
	healthy := lab.Want{Verdict: diagnose.Pass}
	warned := func(cs ...diagnose.Code) lab.Want { return lab.Want{Verdict: diagnose.Warn, Warnings: cs} }
	failed := func(cs ...diagnose.Code) lab.Want {
		return lab.Want{Verdict: diagnose.Fail, Status: 1, Errors: blocked, Warnings: cs}
	}
	for _, test := range []struct {
		name        string
		want, found lab.Want
		only        bool
	}{
		{"as wanted", healthy, healthy, false},
		{"a slow answer too many", healthy, warned(diagnose.DNSSlow), true},
		{"both too many", healthy, warned(diagnose.Intermittent, diagnose.DNSSlow), true},
		{"with an error", failed(), failed(diagnose.DNSSlow), true},
		{"with a warning", warned(diagnose.ClockSkew), warned(diagnose.DNSSlow, diagnose.ClockSkew), true},
		{"one more than wanted", warned(diagnose.DNSSlow), warned(diagnose.DNSSlow, diagnose.DNSSlow), true},
		{"the other one than wanted", warned(diagnose.DNSSlow), warned(diagnose.Intermittent), false},
		{"another warning", healthy, warned(diagnose.ClockSkew), false},
		{"another warning too", healthy, warned(diagnose.ClockSkew, diagnose.DNSSlow), false},
		{"wanted, and not found", warned(diagnose.DNSSlow), healthy, false},
		{"in place of the wanted warning", warned(diagnose.ClockSkew), warned(diagnose.DNSSlow), false},
		{"in place of the wanted error", failed(), warned(diagnose.Intermittent), false},
		{"the error for other targets", failed(), lab.Want{
			Verdict: diagnose.Fail, Status: 1, Warnings: codes{diagnose.DNSSlow},
			Errors: map[diagnose.Code][]string{diagnose.EndpointBlocked: {"ssm", "kms"}},
		}, false},
		{"without the wanted info", lab.Want{Verdict: diagnose.Pass, Infos: codes{diagnose.ClockSkew}}, warned(diagnose.DNSSlow), false},
		{"and it does not pass", healthy, lab.Want{Verdict: diagnose.Fail, Status: 1, Warnings: codes{diagnose.DNSSlow}}, false},
		{"and it is undecided", healthy, lab.Want{Verdict: diagnose.Warn, Status: 3, Warnings: codes{diagnose.DNSSlow}}, false},
	} {
		if got := test.want.OnlySlow(test.found, false); got != test.only {
			t.Errorf("%s: %t, want %t", test.name, got, test.only)
		}
	}
}

// TestWant_OnlySlow_paused: a paused run may also lack wanted warnings about time.
func TestWant_OnlySlow_paused(t *testing.T) {
	type codes = []diagnose.Code
	warned := func(cs ...diagnose.Code) lab.Want { return lab.Want{Verdict: diagnose.Warn, Warnings: cs} }
	healthy := lab.Want{Verdict: diagnose.Pass}
	failed := lab.Want{
		Verdict: diagnose.Fail, Status: 1, Warnings: codes{diagnose.DNSSlow},
		Errors: map[diagnose.Code][]string{diagnose.EndpointBlocked: {"ssm"}},
	}
	for _, test := range []struct {
		name        string
		want, found lab.Want
		only        bool
	}{
		{"as wanted", healthy, healthy, false},
		{"the wanted one is missing", warned(diagnose.DNSSlow), healthy, true},
		{"the other one than wanted", warned(diagnose.DNSSlow), warned(diagnose.Intermittent), true},
		{"one of two", warned(diagnose.DNSSlow, diagnose.ClockSkew), warned(diagnose.ClockSkew), true},
		{"another wanted one is missing too", warned(diagnose.DNSSlow, diagnose.ClockSkew), healthy, false},
		{"another one in its place", warned(diagnose.DNSSlow), warned(diagnose.ClockSkew), false},
		{"the wanted error is missing too", failed, healthy, false},
	} {
		if got := test.want.OnlySlow(test.found, true); got != test.only {
			t.Errorf("%s: %t, want %t", test.name, got, test.only)
		}
	}
}
