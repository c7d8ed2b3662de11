package lab

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

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
