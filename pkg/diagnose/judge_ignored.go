package diagnose

import (
	"slices"
	"strings"
)

// Causes that are accepted on this node (--ignore) are judged like all others,
// and explain others. Then their findings are marked, and no verdict counts them.

// ignored reports whether the user accepts the cause.
func (j *judgement) ignored(code Code) bool {
	return slices.Contains(j.facts.o.Plan.Ignore, string(code))
}

// split separates the codes that count from those that are ignored.
func (j *judgement) split(codes []Code) (counting, ignored []Code) {
	for _, c := range codes {
		if j.ignored(c) {
			ignored = append(ignored, c)
		} else {
			counting = append(counting, c)
		}
	}
	return counting, ignored
}

// accepted reports whether a target would be usable but for causes that are
// ignored, and gives their codes.
func (j *judgement) accepted(t *target) ([]Code, bool) {
	if !t.tried() || j.usable(t) || j.open(t) {
		return nil, false
	}
	counting, ignored := j.split(j.codes(func(m match) bool { return m.target == t && m.effect >= blocks }))
	return ignored, len(counting) == 0 && len(ignored) > 0
}

// acceptedNeed gives the ignored causes of a need that fails, if one of its targets
// fails by them alone.
func (j *judgement) acceptedNeed(n need) []Code {
	for _, t := range n.any {
		if codes, ok := j.accepted(t); ok {
			return codes
		}
	}
	return nil
}

// ignoredReason is the reason of a pass that is one only because causes are
// ignored, "" for none.
func ignoredReason(codes []Code) string {
	if len(codes) == 0 {
		return ""
	}
	var names []string
	for _, c := range codes {
		if !slices.Contains(names, string(c)) {
			names = append(names, string(c))
		}
	}
	return "ignored: " + strings.Join(names, ", ")
}

// counted are the findings that count for a verdict.
func (r *Report) counted() []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if !f.Ignored {
			out = append(out, f)
		}
	}
	return out
}
