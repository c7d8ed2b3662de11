package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxEvidence bounds the lines of evidence of a finding: what is left out is
// in the observations.
const maxEvidence = 24

// findings makes one finding of each cause that is left, and sorts them:
// errors first, then by how many targets each explains.
func (j *judgement) findings() []Finding {
	all := []Finding{}
	for _, c := range j.causes {
		for _, ms := range groups(c, j.left[c.code]) {
			all = append(all, j.finding(c, ms))
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(weight(b.Severity)-weight(a.Severity), len(b.Targets)-len(a.Targets))
	})
	return all
}

// groups tells apart what makes one finding: everything, or what weighs the
// same where each target is cured by itself.
func groups(c cause, ms []match) [][]match {
	loud := func(m match) bool { return !m.quiet }
	if !c.apart {
		if !slices.ContainsFunc(ms, loud) {
			return nil
		}
		return [][]match{ms}
	}
	var out [][]match
	for _, s := range []Severity{Error, Warning, Info} {
		var same []match
		for _, m := range ms {
			if m.severity == s {
				same = append(same, m)
			}
		}
		if slices.ContainsFunc(same, loud) {
			out = append(out, same)
		}
	}
	return out
}

func (j *judgement) finding(c cause, ms []match) Finding {
	f := Finding{Code: c.code, Targets: []string{}}
	var evidence []string
	for _, m := range ms {
		if weight(m.severity) > weight(f.Severity) && !m.quiet {
			f.Severity = m.severity
		}
	}
	var beside []*target
	if !c.apart {
		ms, beside = apartFromAsked(ms)
	}
	for _, m := range ms {
		if !m.quiet {
			evidence = append(evidence, m.evidence...)
		}
	}
	f.Targets = append(f.Targets, namesOf(targetsOf(ms))...)
	j.facts.placeheld = nil
	w := c.tell(j.facts, ms)
	if len(beside) > 0 {
		w.more = append(w.more, "the same holds for optional targets: "+few(namesOf(beside), 8))
	}
	w.more = append(w.more, j.facts.unusedEvidence(c.code, targetsOf(ms))...)
	var always []string // what no number of lines before it may cut off
	if i := slices.IndexFunc(ms, func(m match) bool { return m.unsure && !m.quiet }); i >= 0 {
		what, remedy := j.facts.whatIsHidden(ms[i].target)
		if t := ms[i].target; j.facts.proxyHidden(t) || j.facts.addressesHidden(t) {
			what = "this is the direct way, and " + what
		}
		always = append(always, what+": "+remedy)
	}
	if f.Severity != Info {
		seen, fix := j.facts.whyChannel(targetsOf(ms))
		w.more, w.fix = append(w.more, seen), append(w.fix, fix)
	}
	if f.Severity != Info {
		always = append(always, j.fromLog[c.code]...)
	}
	always = append(always, j.facts.askedByFlag(targetsOf(ms))...)
	always = append(always, j.facts.sayPlaceholders()...)
	f.Title = safe(w.title)
	f.Evidence = append(bounded(append(evidence, w.more...), maxEvidence), bounded(always, maxEvidence)...)
	f.Confirm = bounded(w.confirm, maxCommands)
	fix := w.fix
	if c.restart && f.Severity == Error && j.facts.o.Node.Agent.Installed != observation.No {
		fix = append(slices.Clone(fix), j.facts.restartAgent(c.credentials))
	}
	f.Fix = bounded(fix, maxEvidence)
	return f
}

// apartFromAsked hushes the matches at targets that nobody asked for, where
// others were asked for: the finding is about these. What it hushes is given
// too.
func apartFromAsked(ms []match) ([]match, []*target) {
	asked := slices.ContainsFunc(ms, func(m match) bool { return m.target != nil && m.target.needed && !m.quiet })
	if !asked {
		return ms, nil
	}
	out := slices.Clone(ms)
	var beside []match
	for i, m := range out {
		if m.target != nil && !m.target.needed {
			out[i].quiet = true
			m.quiet = false
			beside = append(beside, m)
		}
	}
	return out, targetsOf(beside)
}

// bounded gives each line once, safe for a terminal, and says how many it
// leaves out. It is never nil.
func bounded(lines []string, most int) []string {
	out := []string{}
	left := 0
	for _, l := range lines {
		l = safe(l)
		switch {
		case l == "" || slices.Contains(out, l):
		case len(out) == most:
			left++
		default:
			out = append(out, l)
		}
	}
	if left > 0 && most > maxCommands {
		out = append(out, fmt.Sprintf("and %d more in the observations", left))
	}
	return out
}
