package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Code names one cause. The codes are stable:
// programs may depend on them.
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
	// Normal are those of the Notes that are about nothing that was left out.
	Normal []string `json:"-"`
}

// A Node is what a report says of the node.
type Node struct {
	Kind observation.NodeKind `json:"kind"`
	// Hostname and the members below it are empty if not known. Address is the
	// node's own by its default route.
	Hostname       string `json:"hostname"`
	InstanceID     string `json:"instance_id"`
	RegistrationID string `json:"registration_id"`
	Address        string `json:"address"`
	VPCID          string `json:"vpc_id"`
	SubnetID       string `json:"subnet_id"`
	Region         string `json:"region"`
	RegionFrom     string `json:"region_from,omitempty"`
	Partition      string `json:"partition"`
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
	// Ignored: --ignore names the code, so that no verdict counts the finding.
	Ignored bool `json:"ignored,omitempty"`
	// Object is what it is about. nil: the node itself, or several things.
	Object *Object `json:"object,omitempty"`
	// Targets are the names of the targets it explains, in plan order.
	Targets []string `json:"targets"`
	// Title is one line: what is the case.
	Title string `json:"title"`
	// Evidence is what was seen, with addresses and times.
	Evidence []string `json:"evidence"`
	// Checks are commands that prove it by hand, at most three.
	Checks []Check `json:"checks,omitempty"`
	// Confirm are the commands of Checks.
	Confirm []string `json:"confirm"`
	// Fix is what to change and where, the cheapest and likeliest first.
	Fix []string `json:"fix"`
	// FixMode says which steps of Fix to do; the agent's restart, which is the last
	// step where Actions has it, comes after them in any case. Empty: there is one step
	// at most.
	FixMode FixMode `json:"fix_mode,omitempty"`
	// Actions are the same as data, as far as they have a kind.
	Actions []fix.Action `json:"actions"`
	// URL is where the cause is explained.
	URL string `json:"url"`
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
	// By hand, as a generic sort of so large a type has 12 kB of code.
	for i := range all {
		for ; i > 0 && cmp.Or(rank(all[i].Severity)-rank(all[i-1].Severity), len(all[i].Targets)-len(all[i-1].Targets)) > 0; i-- {
			all[i], all[i-1] = all[i-1], all[i]
		}
	}
	return all
}

// groups splits the matches into findings: everything, or what weighs the
// same where each target is cured by itself.
func groups(c cause, ms []match) [][]match {
	loud := func(m match) bool { return !m.suppressed }
	if !c.perTarget {
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
	f := Finding{Code: c.code, Targets: []string{}, Ignored: j.ignored(c.code), URL: ManualPage + string(c.code)}
	var evidence []string
	for _, m := range ms {
		if rank(m.severity) > rank(f.Severity) && !m.suppressed {
			f.Severity = m.severity
		}
	}
	var beside []*target
	if !c.perTarget {
		ms, beside = suppressOptional(ms)
	}
	for _, m := range ms {
		if !m.suppressed {
			evidence = append(evidence, m.evidence...)
		}
	}
	f.Targets = append(f.Targets, namesOf(targetsOf(ms))...)
	f.Object = j.facts.object(c.code, ms)
	j.facts.placeholders = nil
	w := c.describe(j.facts, ms)
	if len(beside) > 0 {
		w.more = append(w.more, "the same holds for optional targets: "+joinMax(namesOf(beside), 8))
	}
	w.more = append(w.more, j.facts.unusedEvidence(c.code, targetsOf(ms))...)
	var always []string // what no number of lines before it may cut off
	if i := slices.IndexFunc(ms, func(m match) bool { return m.tentative && !m.suppressed }); i >= 0 {
		what, remedy := j.facts.whatIsHidden(ms[i].target)
		if t := ms[i].target; j.facts.proxyHidden(t) || j.facts.addressesHidden(t) {
			what = "this is the direct way, and " + what
		}
		always = append(always, what+": "+remedy)
	}
	if f.Severity != Info {
		seen, advice := j.facts.channelAdvice(targetsOf(ms))
		w.more = append(w.more, seen)
		if w.mode == "" && len(w.does) > 0 && j.facts.agentToCome() { // costs nothing, and no action counts the steps
			w.fix = append([]string{advice}, w.fix...)
		} else {
			w.fix = append(w.fix, advice)
		}
	}
	if f.Severity != Info {
		always = append(always, j.fromLog[c.code]...)
	}
	always = append(always, j.facts.askedByFlag(targetsOf(ms))...)
	always = append(always, j.facts.placeholderLines()...)
	f.Title = safe(w.title)
	f.Evidence = append(bounded(append(evidence, w.more...), maxEvidence), bounded(always, maxEvidence)...)
	all := w.checks
	if !slices.ContainsFunc(all, func(c Check) bool { return c.Control }) {
		all = append(all, j.facts.controlOf(ms)...)
	}
	f.Checks = j.facts.boundedChecks(all)
	f.Confirm = commandsOf(f.Checks)
	steps := w.fix
	f.Actions = j.facts.actions(c, targetsOf(ms))
	if c.restart && f.Severity == Error && j.facts.o.Node.Agent.Installed != observation.No {
		steps = append(steps[:len(steps):len(steps)], j.facts.restartAgent(c.credentials))
		f.Actions = append(f.Actions, fix.Action{Kind: fix.RestartAgent})
	}
	steps = slices.Clone(steps)
	for i, s := range steps { // FixMode says how they go together
		steps[i] = strings.TrimPrefix(strings.TrimPrefix(s, "or "), "and ")
	}
	f.Fix = bounded(steps, maxEvidence)
	f.assignSteps(w.does)
	switch {
	case len(bounded(w.fix, maxEvidence)) > 1:
		f.FixMode = cmp.Or(w.mode, TryInOrder)
	case len(f.Fix) > 1: // one step and the restart
		f.FixMode = DoAll
	}
	return f
}

// assignSteps says for each action which steps of the fix it stands for.
func (f *Finding) assignSteps(does map[fix.Kind][]string) {
	for i := range f.Actions {
		a := &f.Actions[i]
		switch {
		case a.Kind == fix.Manual || len(f.Fix) == 0:
		case a.Kind == fix.RestartAgent:
			a.Steps = []int{len(f.Fix)}
		case a.Kind == fix.SetProxy && len(does) == 0: // all is about its settings
			for n := range f.Fix {
				a.Steps = append(a.Steps, n+1)
			}
			if last := f.Actions[len(f.Actions)-1]; last.Kind == fix.RestartAgent {
				a.Steps = a.Steps[:len(a.Steps)-1]
			}
		case len(does[a.Kind]) > 0:
			for n, s := range f.Fix {
				if slices.Contains(does[a.Kind], s) {
					a.Steps = append(a.Steps, n+1)
				}
			}
		case len(does) == 0:
			a.Steps = []int{1}
		}
	}
}

// suppressOptional hushes the matches at targets that nobody asked for, where
// others were asked for: the finding is about these. What it hushes is given
// too.
func suppressOptional(ms []match) ([]match, []*target) {
	asked := slices.ContainsFunc(ms, func(m match) bool { return m.target != nil && m.target.needed && !m.suppressed })
	if !asked {
		return ms, nil
	}
	out := slices.Clone(ms)
	var beside []match
	for i, m := range out {
		if m.target != nil && !m.target.needed {
			out[i].suppressed = true
			m.suppressed = false
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
	if left > 0 && most > maxChecks {
		out = append(out, fmt.Sprintf("and %d more in the observations", left))
	}
	return out
}

// channelAdvice says of a finding about ec2messages alone for which agents it
// matters, and what cures it beside. Both are "" for other findings.
func (f *facts) channelAdvice(ts []*target) (seen, steps string) {
	if len(ts) != 1 || !isEC2Messages(ts[0]) || f.channel == channelOptional {
		return "", ""
	}
	first := versionText(observation.FirstWithoutEC2Messages)
	without := "an agent from " + first + " on does without it once ssmmessages connects"
	agent := f.o.Node.Agent
	v, known := observation.VersionNumbers(agent.Version)
	switch {
	case known && slices.Compare(v, observation.FirstWithoutEC2Messages) < 0:
		seen = "this node's agent is " + agent.Version + ", which needs ec2messages; " + without
	case f.channel == channelRequired:
		return "on Windows Server 2012 and older every agent needs ec2messages", ""
	case agent.Installed == observation.No:
		seen = "no agent is installed: one before " + first + " would need ec2messages; " + without
	default:
		seen = "the agent's version is not known: one before " + first + " needs ec2messages; " + without
	}
	if !f.messagesConnect() {
		return seen, ""
	}
	if agent.Installed == observation.No {
		return seen, "or install agent " + first + " or newer: it does not need ec2messages"
	}
	return seen, "or update the agent to " + first + " or newer: it does without ec2messages"
}

// agentToCome reports whether no agent is known whose version would have to be kept.
func (f *facts) agentToCome() bool {
	agent := f.o.Node.Agent
	_, known := observation.VersionNumbers(agent.Version)
	return agent.Installed == observation.No || !known
}

func versionText(v []int) string {
	var parts []string
	for _, n := range v {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, ".")
}
