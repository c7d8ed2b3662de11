package lab

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// AboutTime reports whether a loaded machine alone can bring about a warning: an
// answer came late, or an attempt was too late and its repeat in time.
func AboutTime(c diagnose.Code) bool { return c == diagnose.DNSSlow || c == diagnose.Intermittent }

// OnlySlow reports whether what was found differs from what is wanted, and by
// nothing but warnings about time that are too many. Such a run may be repeated
// on a machine that has nothing else to do; one that lacks a finding may not.
func (w Want) OnlySlow(found Want) bool {
	kept := found
	kept.Warnings = nil
	missing := slices.Clone(w.Warnings) // those wanted that were not found so far
	for _, c := range found.Warnings {
		if i := slices.Index(missing, c); i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		} else if AboutTime(c) {
			continue
		}
		kept.Warnings = append(kept.Warnings, c)
	}
	if len(kept.Warnings) == len(found.Warnings) {
		return false
	}
	// A single warning is enough for this verdict.
	if found.Verdict == diagnose.Warn && w.Verdict == diagnose.Pass {
		kept.Verdict = diagnose.Pass
	}
	return len(w.Misses(kept)) == 0
}
