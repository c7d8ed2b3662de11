package lab

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// Want is what a run must find.
type Want struct {
	Verdict diagnose.Verdict
	Status  int
	// Errors are the error findings, each with the targets it explains.
	Errors map[diagnose.Code][]string
	// Warnings are the codes of the warning findings.
	Warnings []diagnose.Code
	// Infos are codes of required info findings. There may be others.
	Infos []diagnose.Code
}

// Fails wants one error finding, and a failed run.
func Fails(c diagnose.Code, targets ...string) Want {
	return Want{Verdict: diagnose.Fail, Status: 1, Errors: map[diagnose.Code][]string{c: targets}}
}

// Warns wants only warnings, and exit status 0.
func Warns(c ...diagnose.Code) Want {
	return Want{Verdict: diagnose.Warn, Status: 0, Warnings: c}
}

// Passes wants no finding.
func Passes() Want { return Want{Verdict: diagnose.Pass, Status: 0} }

// Found returns what a report found, as a Want.
func Found(r *diagnose.Report, status int) Want {
	w := Want{Verdict: r.Verdict, Status: status}
	for _, f := range r.Findings {
		switch f.Severity {
		case diagnose.Error:
			if w.Errors == nil {
				w.Errors = map[diagnose.Code][]string{}
			}
			w.Errors[f.Code] = append(w.Errors[f.Code], f.Targets...)
		case diagnose.Warning:
			w.Warnings = append(w.Warnings, f.Code)
		case diagnose.Info:
			w.Infos = append(w.Infos, f.Code)
		}
	}
	return w
}

// Misses describes each difference between what was found and what is wanted. The
// order of targets and warnings does not matter.
func (w Want) Misses(found Want) []string {
	var misses []string
	miss := func(format string, a ...any) { misses = append(misses, fmt.Sprintf(format, a...)) }
	if w.Verdict != found.Verdict {
		miss("verdict %q, wanted %q", found.Verdict, w.Verdict)
	}
	if w.Status != found.Status {
		miss("status %d, wanted %d", found.Status, w.Status)
	}
	for _, c := range slices.Sorted(maps.Keys(w.Errors)) {
		switch targets, ok := found.Errors[c]; {
		case !ok:
			miss("no error finding %s", c)
		case !same(targets, w.Errors[c]):
			miss("%s for %s, wanted for %s", c, strings.Join(targets, " "), strings.Join(w.Errors[c], " "))
		}
	}
	for _, c := range slices.Sorted(maps.Keys(found.Errors)) {
		if _, ok := w.Errors[c]; !ok {
			miss("error finding %s for %s, which is not wanted", c, strings.Join(found.Errors[c], " "))
		}
	}
	if !same(w.Warnings, found.Warnings) {
		miss("warnings %v, wanted %v", found.Warnings, w.Warnings)
	}
	for _, c := range w.Infos {
		if !slices.Contains(found.Infos, c) {
			miss("no info finding %s", c)
		}
	}
	return misses
}

func same[S ~string](a, b []S) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// String returns the verdict and the findings, without infos.
func (w Want) String() string {
	var found []string
	for _, c := range slices.Sorted(maps.Keys(w.Errors)) {
		found = append(found, string(c))
	}
	for _, c := range w.Warnings {
		found = append(found, string(c)+" (warning)")
	}
	if len(found) == 0 {
		return string(w.Verdict)
	}
	return string(w.Verdict) + ": " + strings.Join(found, ", ")
}

// AboutTime reports whether a loaded machine alone can cause a warning: an answer
// came late, or an attempt came too late and its repeat did not.
func AboutTime(c diagnose.Code) bool { return c == diagnose.DNSSlow || c == diagnose.Intermittent }

// OnlySlow reports whether what was found differs from what is wanted only in
// warnings about time: unwanted ones or, if the run was paused, missing ones, because
// paused time does not count and so may hide how late an answer was. Such a run may
// be repeated on an idle machine.
func (w Want) OnlySlow(found Want, paused bool) bool {
	without := func(a, b []diagnose.Code) []diagnose.Code {
		rest := slices.Clone(a)
		for _, c := range b {
			if i := slices.Index(rest, c); i >= 0 {
				rest = slices.Delete(rest, i, i+1)
			}
		}
		return rest
	}
	extra, missing := without(found.Warnings, w.Warnings), without(w.Warnings, found.Warnings)
	differ := slices.Concat(extra, missing)
	if len(differ) == 0 || len(missing) > 0 && !paused ||
		slices.ContainsFunc(differ, func(c diagnose.Code) bool { return !AboutTime(c) }) {
		return false
	}
	// A single warning turns a pass into a warn.
	if found.Verdict == diagnose.Warn && w.Verdict == diagnose.Pass || found.Verdict == diagnose.Pass && w.Verdict == diagnose.Warn {
		found.Verdict = w.Verdict
	}
	found.Warnings = w.Warnings
	return len(w.Misses(found)) == 0
}
