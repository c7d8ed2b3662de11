package report

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// beside tells the targets that nothing asked for needs, a line for each kind
// of outcome: they raise no alarm.
func (t *text) beside(list []diagnose.TargetReport) {
	if len(list) == 0 {
		return
	}
	t.heading("Also looked at; nothing asked for needs it")
	var works []string
	type group struct {
		why   string
		names []string
	}
	var groups []group
	for _, r := range list {
		if r.Verdict == diagnose.Pass {
			works = append(works, r.Name)
			continue
		}
		why := outcome(r)
		i := slices.IndexFunc(groups, func(g group) bool { return g.why == why })
		if i < 0 {
			groups = append(groups, group{why: why})
			i = len(groups) - 1
		}
		groups[i].names = append(groups[i].names, r.Name)
	}
	if len(works) > 0 {
		t.para(bodyColumn, nil, say("reached: "+strings.Join(works, ", ")))
	}
	for _, g := range groups {
		t.para(bodyColumn, nil, say(g.why+": "+strings.Join(g.names, ", ")))
		for _, line := range impacts(list, g.names) {
			t.para(bodyColumn+2, nil, say(line))
		}
	}
}

// impacts say what breaks without the named targets, each thing once.
func impacts(list []diagnose.TargetReport, names []string) []string {
	var lines []string
	for _, r := range list {
		line := impact(r)
		if line != "" && slices.Contains(names, r.Name) && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// impact says what breaks without an optional target. Empty: nothing does, or
// the target works.
func impact(r diagnose.TargetReport) string {
	if r.Impact != "" && r.Verdict == diagnose.Skip {
		return "if unreachable: " + r.Impact
	}
	return r.Impact
}

// outcome is what became of a target that is no pass, in a few words. Whether
// it was reached all the same is the cause's to say.
func outcome(r diagnose.TargetReport) string {
	switch {
	case len(r.Because) > 0:
		return "see " + and(codes(r.Because))
	case r.Verdict == diagnose.Skip && r.Reason != "":
		return "skipped (" + r.Reason + ")"
	case r.Verdict == diagnose.Skip:
		return "not looked at"
	case r.Verdict == diagnose.Fail:
		return "not reached"
	case r.Reason != "":
		return r.Reason
	}
	return "not known"
}
