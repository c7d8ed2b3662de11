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
	}
	for _, line := range broken(list) {
		t.para(bodyColumn, nil, say(line))
	}
}

// broken says what breaks without the targets of the list: a line for each
// consequence, with the targets that have it.
func broken(list []diagnose.TargetReport) []string {
	var consequences []string
	names := map[string][]string{}
	for _, r := range list {
		if r.Breaks == "" {
			continue
		}
		if names[r.Breaks] == nil {
			consequences = append(consequences, r.Breaks)
		}
		names[r.Breaks] = append(names[r.Breaks], r.Name)
	}
	for i, c := range consequences {
		consequences[i] = c + " (" + and(names[c]) + ")"
	}
	return consequences
}

// outcome is what became of a target that is no pass, in a few words. Whether
// it was reached all the same is the cause's to say.
func outcome(r diagnose.TargetReport) string {
	switch {
	case len(r.Because) > 0:
		return "see " + and(codes(r.Because))
	case r.Verdict == diagnose.Skip && r.Reason == diagnose.NotWaitedFor:
		return r.Reason
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
