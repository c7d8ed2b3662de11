package diagnose

import "slices"

// firstOnly reports whether the target is optional, and no connection to the one
// address of it that was tried was made: the others may answer.
func (t *target) firstOnly() bool {
	return !t.proxied && t.seen != nil && !t.Asked && len(t.seen.Untried) > 0 && len(t.ways) > 0 &&
		!slices.ContainsFunc(t.ways, func(w *way) bool { return w.state != stateConnect })
}

// noteFirstOnly says of the optional targets with no connection that they have
// addresses which were not tried: those may answer.
func (f *facts) noteFirstOnly(add func(string)) {
	if ts := f.where((*target).firstOnly); len(ts) > 0 {
		add("of " + list(namesOf(ts)) + ", which " + plural(len(ts), "is", "are") +
			" not required, only the first address was tried: the others may answer (--for all tries them)")
	}
}
