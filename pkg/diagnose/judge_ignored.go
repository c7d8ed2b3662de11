package diagnose

import (
	"slices"
	"strings"
)

// Causes that are accepted on this node (--ignore) are judged like all others, and
// explain others. Then their findings are marked, and no verdict counts them.

// ignored reports whether the user accepts the cause.
func (j *judgement) ignored(code Code) bool {
	return slices.Contains(j.facts.o.Plan.Ignore, string(code))
}

// split separates the codes that count from those that are ignored.
func (j *judgement) split(codes []Code) (counting, ignored []Code) {
	return filter(codes, func(c Code) bool { return !j.ignored(c) }), filter(codes, j.ignored)
}

// accepted reports whether only ignored causes make a target unusable, and returns their
// codes.
func (j *judgement) accepted(t *target) ([]Code, bool) {
	if !t.tried() || j.usable(t) || j.open(t) {
		return nil, false
	}
	counting, ignored := j.split(j.codes(func(m match) bool { return m.target == t && m.effect >= blocks }))
	return ignored, len(counting) == 0 && len(ignored) > 0
}

// acceptedNeed returns the ignored causes of a need that fails, if one of its targets
// fails because of them alone.
func (j *judgement) acceptedNeed(n need) []Code {
	for _, t := range n.any {
		if codes, ok := j.accepted(t); ok {
			return codes
		}
	}
	return nil
}

// ignoredReason is the reason of a pass that depends on ignored causes, or "" if it does
// not.
func ignoredReason(codes []Code) string {
	if len(codes) == 0 {
		return ""
	}
	names := mapTo(appendNew(nil, codes...), func(c Code) string { return string(c) })
	return "ignored: " + strings.Join(names, ", ")
}

// counted are the findings that count for a verdict.
func (r *Report) counted() []Finding {
	return filter(r.Findings, func(f Finding) bool { return !f.Ignored })
}
