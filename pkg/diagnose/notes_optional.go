package diagnose

import "slices"

// noteFirstOnly says of the optional targets with no connection that they have
// addresses which were not tried: those may answer.
func (f *facts) noteFirstOnly(add func(string)) {
	var ts []*target
	for _, t := range f.direct() {
		if t.seen == nil || t.Asked || len(t.seen.Untried) == 0 || len(t.ways) == 0 {
			continue
		}
		if !slices.ContainsFunc(t.ways, func(w *way) bool { return w.state != stateConnect }) {
			ts = append(ts, t)
		}
	}
	if len(ts) > 0 {
		add("of " + list(namesOf(ts)) + ", which " + plural(len(ts), "is", "are") +
			" not required, only the first address was tried: the others may answer (--for all tries them)")
	}
}
