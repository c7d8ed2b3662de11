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
	// Infos are codes of info findings that must be there. Others may be.
	Infos []diagnose.Code
}

// Fails wants one error finding, and so a failed run.
func Fails(c diagnose.Code, targets ...string) Want {
	return Want{Verdict: diagnose.Fail, Status: 1, Errors: map[diagnose.Code][]string{c: targets}}
}

// Warns wants warnings alone, and so a run that Passes.
func Warns(c ...diagnose.Code) Want {
	return Want{Verdict: diagnose.Warn, Status: 0, Warnings: c}
}

// Passes wants nothing to be found.
func Passes() Want { return Want{Verdict: diagnose.Pass, Status: 0} }

// Found gives what a report has, in the form of what is wanted.
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

// Misses says how what was found differs from what is wanted, a line each.
// None: it does not. The order of targets and warnings does not count.
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

// String says in a few words what is wanted or found; infos are left out.
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

// AboutTime reports whether a loaded machine alone can cause a warning: an
// answer came late, or an attempt was too late and its repeat in time.
func AboutTime(c diagnose.Code) bool { return c == diagnose.DNSSlow || c == diagnose.Intermittent }

// OnlySlow reports whether what was found differs from what is wanted by nothing
// but warnings about time: some that nobody wants, or, in a run that was paused
// (time in which it did not run does not count, so that it may not have seen how
// late an answer was), some that are wanted and missing. Such a run may be
// repeated on a machine that has nothing else to do; one that lacks any other
// finding may not.
func (w Want) OnlySlow(found Want, paused bool) bool {
	want, kept := w, found
	want.Warnings, kept.Warnings = nil, nil
	missing := slices.Clone(w.Warnings) // those wanted that were not found so far
	for _, c := range found.Warnings {
		if i := slices.Index(missing, c); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		} else if AboutTime(c) {
			continue
		}
		kept.Warnings = append(kept.Warnings, c)
	}
	for _, c := range w.Warnings {
		if i := slices.Index(missing, c); i >= 0 && paused && AboutTime(c) {
			missing = slices.Delete(missing, i, i+1)
			continue
		}
		want.Warnings = append(want.Warnings, c)
	}
	if len(kept.Warnings) == len(found.Warnings) && len(want.Warnings) == len(w.Warnings) {
		return false
	}
	// A single warning is enough to turn a pass into a warn.
	if found.Verdict == diagnose.Warn && w.Verdict == diagnose.Pass || found.Verdict == diagnose.Pass && w.Verdict == diagnose.Warn {
		kept.Verdict = want.Verdict
	}
	return len(want.Misses(kept)) == 0
}
