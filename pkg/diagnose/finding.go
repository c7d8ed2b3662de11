package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Code names one cause. The codes are those of the contract; they are
// stable.
type Code string

// A Severity is how much a finding matters. The zero value is none.
type Severity string

// The severities, by weight.
const (
	// Error: a capability asked for cannot work because of it.
	Error Severity = "error"
	// Warning: it works all the same, or it is not known.
	Warning Severity = "warning"
	// Info: nothing that was asked for depends on it.
	Info Severity = "info"
)

// A Verdict is the judgement of a target, a capability or a run. The zero
// value is unknown, and never a pass.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
	// Skip: it does not apply here, or it was not looked at; Reason says why.
	Skip Verdict = "skip"
)

// A Report is a judged run.
type Report struct {
	Verdict Verdict `json:"verdict"`
	// Undecided: the deadline or a person ended the run before a capability
	// asked for could be decided, and no cause was found.
	Undecided bool `json:"undecided,omitempty"`
	// Interrupted: a person ended the run.
	Interrupted bool `json:"interrupted,omitempty"`
	Node        Node `json:"node"`
	// Expect is "private" or "public": what --expect asked for, or what
	// `auto` came to.
	Expect observation.Expect `json:"expect"`
	// ExpectFrom says how it came to that.
	ExpectFrom   string             `json:"expect_from"`
	Capabilities []CapabilityReport `json:"capabilities"`
	Targets      []TargetReport     `json:"targets"`
	// Findings are sorted: errors first, then by how many targets each
	// explains. Never nil.
	Findings []Finding `json:"findings"`
	// Notes say what was not checked and why, and what is normal though it
	// may look odd. They are no findings.
	Notes []string `json:"notes,omitempty"`
}

// A Node is what a report says of the node.
type Node struct {
	Kind       observation.NodeKind `json:"kind"`
	Region     string               `json:"region"`
	RegionFrom string               `json:"region_from,omitempty"`
	Partition  string               `json:"partition"`
	InstanceID string               `json:"instance_id,omitempty"`
}

// A CapabilityReport is the judgement of one capability asked for.
type CapabilityReport struct {
	Name    endpoint.Capability `json:"name"`
	Verdict Verdict             `json:"verdict"`
	// Because names the causes of a verdict that is no pass.
	Because []Code `json:"because,omitempty"`
	// Reason is the verdict in words, where no cause says it.
	Reason string `json:"reason,omitempty"`
}

// NotWaitedFor is the Reason of an optional target whose answer was still out when
// everything required was settled.
const NotWaitedFor = "no answer yet, not waited for"

// A TargetReport is the judgement of one target.
type TargetReport struct {
	Name    string  `json:"name"`
	Host    string  `json:"host"`
	Port    uint16  `json:"port"`
	Asked   bool    `json:"asked"`
	Verdict Verdict `json:"verdict"`
	// Reason says what was not checked, and why.
	Reason string `json:"reason,omitempty"`
	// Breaks says what does not work while the node does not reach an optional
	// target. It begins with "if unreachable:" where that is not known. Empty: the
	// target works, or it is required.
	Breaks string `json:"breaks,omitempty"`
	// Because names the causes that concern the target.
	Because []Code `json:"because,omitempty"`
	// Read is "proved" or "not proved" for a bucket that answered.
	Read string `json:"read,omitempty"`
}

// A Finding is one cause, the targets that it explains, the evidence for it, a
// way to confirm it by hand and a way to fix it.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	// Targets are the names of the targets it explains, in plan order.
	Targets []string `json:"targets"`
	// Title is one line: what is the case.
	Title string `json:"title"`
	// Evidence is what was seen, with addresses and times.
	Evidence []string `json:"evidence"`
	// Confirm are commands that prove it by hand, as pasted.
	Confirm []string `json:"confirm"`
	// Fix is what to change and where, the most likely first.
	Fix []string `json:"fix"`
}

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
