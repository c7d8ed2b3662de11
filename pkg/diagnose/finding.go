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
	// Error: a requested capability cannot work because of it.
	Error Severity = "error"
	// Warning: everything works anyway, or that is not known.
	Warning Severity = "warning"
	// Info: nothing that was requested depends on it.
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
	// Skip: it does not apply here, or it was not checked; Reason says why.
	Skip Verdict = "skip"
)

// A Report is a judged run.
type Report struct {
	Verdict Verdict `json:"verdict"`
	// Undecided: the deadline or a person ended the run before a requested
	// capability could be decided, and no cause was found.
	Undecided bool `json:"undecided,omitempty"`
	// Interrupted: a person ended the run.
	Interrupted bool `json:"interrupted,omitempty"`
	Node        Node `json:"node"`
	// Expect is "private" or "public": what --expect asked for, or what
	// `auto` resolved to.
	Expect observation.Expect `json:"expect"`
	// ExpectFrom says why.
	ExpectFrom   string             `json:"expect_from"`
	Capabilities []CapabilityReport `json:"capabilities"`
	Targets      []TargetReport     `json:"targets"`
	// Findings are sorted: errors first, then by how many targets each
	// explains. Never nil.
	Findings []Finding `json:"findings"`
	// Notes say what was not checked and why, and what is normal although it
	// may look odd. They are not findings.
	Notes []string `json:"notes,omitempty"`
	// Normal are the Notes that are not about something that was left out.
	Normal []string `json:"-"`
}

// A Node is what a report says about the node.
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

// A CapabilityReport is the judgement of one requested capability.
type CapabilityReport struct {
	Name    endpoint.Capability `json:"name"`
	Verdict Verdict             `json:"verdict"`
	// Because names the causes of a verdict other than pass.
	Because []Code `json:"because,omitempty"`
	// Reason explains the verdict, if no cause does.
	Reason string `json:"reason,omitempty"`
}

// NotWaitedFor is the Reason of an optional target that had not answered when everything
// required was settled.
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
	// Breaks says what does not work while the node cannot reach an optional
	// target. It begins with "if unreachable:" if it is not known whether the node
	// can. Empty: the target works, or it is required.
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
	// Title is one line: what is wrong.
	Title string `json:"title"`
	// Evidence is what was seen, with addresses and times.
	Evidence []string `json:"evidence"`
	// Checks are commands that prove it by hand, at most three.
	Checks []Check `json:"checks,omitempty"`
	// Confirm are the commands of Checks.
	Confirm []string `json:"confirm"`
	// Fix is what to change and where, the cheapest and likeliest first.
	Fix []string `json:"fix"`
	// FixMode says which steps of Fix to do. If Actions has the agent's restart, it is
	// the last step, and comes after the others in any case. Empty: there is at most
	// one step.
	FixMode FixMode `json:"fix_mode,omitempty"`
	// Actions are the fix as data, as far as its steps have a kind.
	Actions []fix.Action `json:"actions"`
	// URL is where the cause is explained.
	URL string `json:"url"`
}

// maxEvidence bounds a finding's lines of evidence: what is left out is in the
// observations.
const maxEvidence = 24

// findings makes one finding of each cause that is left, errors first, then by the
// number of targets that each explains.
func (j *judgement) findings() []Finding {
	all := []Finding{}
	for _, c := range j.causes {
		for _, ms := range groups(c, j.left[c.code]) {
			all = append(all, j.finding(c, ms))
		}
	}
	// By hand, as a generic sort of such a large type adds 12 kB of code.
	for i := range all {
		for ; i > 0 && cmp.Or(rank(all[i].Severity)-rank(all[i-1].Severity), len(all[i].Targets)-len(all[i-1].Targets)) > 0; i-- {
			all[i], all[i-1] = all[i-1], all[i]
		}
	}
	return all
}

// groups splits the matches into findings: one for all or, if each target is fixed by
// itself, one per severity.
func groups(c cause, ms []match) [][]match {
	shown := func(m match) bool { return !m.suppressed }
	if !c.perTarget {
		if !slices.ContainsFunc(ms, shown) {
			return nil
		}
		return [][]match{ms}
	}
	var out [][]match
	for _, s := range []Severity{Error, Warning, Info} {
		same := filter(ms, func(m match) bool { return m.severity == s })
		if slices.ContainsFunc(same, shown) {
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
		w.more = append(w.more, "the same applies to optional targets: "+joinMax(namesOf(beside), 8))
	}
	w.more = append(w.more, j.facts.unusedEvidence(c.code, targetsOf(ms))...)
	var always []string // lines that the bound on the others must not cut off
	if i := slices.IndexFunc(ms, func(m match) bool { return m.tentative && !m.suppressed }); i >= 0 {
		what, remedy := j.facts.whatIsHidden(ms[i].target)
		if t := ms[i].target; j.facts.proxyHidden(t) || j.facts.addressesHidden(t) {
			what = "this is the direct path, and " + what
		}
		always = append(always, what+": "+remedy)
	}
	if f.Severity != Info {
		seen, advice := j.facts.channelAdvice(targetsOf(ms))
		w.more = append(w.more, seen)
		if w.mode == "" && len(w.does) > 0 && j.facts.agentToCome() { // this costs nothing, and no action refers to steps by number
			w.fix = append([]string{advice}, w.fix...)
		} else {
			w.fix = append(w.fix, advice)
		}
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
	f.Confirm = append([]string{}, mapTo(f.Checks, func(c Check) string { return c.Command })...) // never nil
	steps := w.fix
	f.Actions = j.facts.actions(c, targetsOf(ms))
	if c.restart && f.Severity == Error && j.facts.o.Node.Agent.Installed != observation.No {
		steps = append(steps[:len(steps):len(steps)], j.facts.restartAgent(c.credentials))
		f.Actions = append(f.Actions, fix.Action{Kind: fix.RestartAgent})
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

// assignSteps says which steps of the fix each action stands for.
func (f *Finding) assignSteps(does map[fix.Kind][]string) {
	for i := range f.Actions {
		a := &f.Actions[i]
		switch {
		case a.Kind == fix.Manual || len(f.Fix) == 0:
		case a.Kind == fix.RestartAgent:
			a.Steps = []int{len(f.Fix)}
		case a.Kind == fix.SetProxy && len(does) == 0: // all steps are about its settings
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

// suppressOptional suppresses the matches at optional targets if there are required
// ones: the finding is about these. It also returns the targets that it suppressed.
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

// bounded returns each line once, safe for a terminal, and says how many it leaves out.
// It never returns nil.
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

// channelAdvice says, for a finding about ec2messages alone, for which agents it
// matters, and what else fixes it. Both are "" for other findings.
func (f *facts) channelAdvice(ts []*target) (seen, steps string) {
	if len(ts) != 1 || !isEC2Messages(ts[0]) || f.needsEC2 == observation.No {
		return "", ""
	}
	first := versionText(observation.FirstWithoutEC2Messages)
	without := "agents from " + first + " on do not need it once ssmmessages connects"
	agent := f.o.Node.Agent
	v, known := observation.VersionNumbers(agent.Version)
	switch {
	case known && slices.Compare(v, observation.FirstWithoutEC2Messages) < 0:
		seen = "this node's agent is " + agent.Version + ", which needs ec2messages; " + without
	case f.needsEC2 == observation.Yes:
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
		return seen, "install agent " + first + " or newer: it does not need ec2messages"
	}
	return seen, "update the agent to " + first + " or newer: it does not need ec2messages"
}

// agentToCome reports whether there is no agent with a known version that might have to
// be kept.
func (f *facts) agentToCome() bool {
	agent := f.o.Node.Agent
	_, known := observation.VersionNumbers(agent.Version)
	return agent.Installed == observation.No || !known
}

func versionText(v []int) string { return strings.Join(mapTo(v, strconv.Itoa), ".") }
