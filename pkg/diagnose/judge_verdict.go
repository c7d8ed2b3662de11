package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A needState is the outcome of one need. The zero value is not known.
type needState int

const (
	needUnknown needState = iota
	needMet
	needFails
	// needOpen: the run ended before it was decided.
	needOpen
	// needUnchecked: it cannot be checked here (a bucket whose name is not
	// documented).
	needUnchecked
	// needNone: none of its targets applies here.
	needNone
)

// needState decides a need, from the matches that are left.
func (j *judgement) needState(n need) needState {
	state := needNone
	for _, t := range n.any {
		switch {
		case j.usable(t) && t.tried():
			return needMet
		case t.hostless != "":
			if state == needNone {
				state = needFails
			}
		case t.NotDocumented != "":
			state = needUnchecked
		case !t.tried():
		case j.open(t):
			if state != needUnchecked {
				state = needOpen
			}
		case state == needNone:
			state = needFails
		}
	}
	if n.missing != "" && state == needNone {
		return needUnknown
	}
	return state
}

// report derives every verdict in one place.
func (j *judgement) report() *Report {
	o := j.facts.o
	r := &Report{
		Node:        identify(o),
		Expect:      j.facts.expect,
		ExpectFrom:  safe(j.facts.expectFrom),
		Interrupted: o.Ending == observation.EndingInterrupted,
		Findings:    j.findings(),
	}
	node, nodeIgnored := j.split(j.codes(func(m match) bool { return m.target == nil && m.effect == invalidates && m.severity == Error }))
	for _, c := range o.Plan.Capabilities {
		cr, open := j.capability(c, len(node) > 0, nodeIgnored)
		r.Capabilities = append(r.Capabilities, cr)
		r.Undecided = r.Undecided || open
	}
	for _, t := range j.facts.targets {
		r.Undecided = r.Undecided || t.Asked && !j.member(t) && j.open(t)
	}
	if len(r.Capabilities) == 0 {
		r.Undecided = true // a run without capabilities shows nothing
	}
	for _, t := range j.facts.targets {
		r.Targets = append(r.Targets, j.targetReport(t))
	}
	r.Notes, r.Normal = j.facts.notes(j, r.Findings)
	r.Verdict = overall(r)
	if slices.ContainsFunc(j.facts.targets, func(t *target) bool { return j.facts.ownBucket(t) && t.NotDocumented != "" }) {
		r.Verdict = worse(r.Verdict, Warn)
	}
	return r
}

func overall(r *Report) Verdict {
	out := Pass
	if len(r.Capabilities) == 0 {
		out = Skip
	}
	for _, c := range r.Capabilities {
		out = worse(out, c.Verdict)
	}
	for _, f := range r.counted() {
		switch f.Severity {
		case Error:
			out = worse(out, Fail)
		case Warning:
			out = worse(out, Warn)
		}
	}
	return out
}

// worse is the worse of two verdicts; an unknown one is worse than a pass.
func worse(a, b Verdict) Verdict {
	order := []Verdict{Pass, Skip, "", Warn, Fail}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// capability judges one capability. open: the run ended first, and no cause was found
// for it.
func (j *judgement) capability(c endpoint.Capability, node bool, ignored []Code) (out CapabilityReport, open bool) {
	out = CapabilityReport{Name: c, Verdict: Pass}
	var failing, all []*target
	some := false
	for i, n := range j.facts.needs {
		if n.capability != c {
			continue
		}
		some = true
		all = append(all, n.any...)
		switch j.needs[i] {
		case needFails:
			if codes := j.acceptedNeed(n); len(codes) > 0 {
				ignored = append(ignored, codes...)
				continue
			}
			out.Verdict = Fail
			failing = append(failing, n.any...)
		case needOpen:
			open = true
			out.reason("not decided: "+j.undecided(n.any), Warn)
		case needUnchecked:
			out.reason("cannot be checked here: "+undocumented(n), Warn)
		case needUnknown:
			open = true
			out.reason(n.missing+" was not checked", Warn)
		}
	}
	if !some {
		open = true // from a newer version: this one cannot say whether it works
		out.reason("what it needs is not known", Warn)
	}
	if j.facts.unidentified() {
		open = true
		why := "not decided: instance metadata had not answered when the run ended"
		if paused := j.facts.pausedFor(); paused != "" {
			why += ", and " + paused
		}
		out.reason(why, Warn)
	}
	if node {
		out.Verdict = Fail
	}
	if out.Verdict == Fail {
		out.Because, _ = j.split(j.because(failing, Error, blocks))
		out.Reason = ""
		return out, false
	}
	// Nobody can say of an open one that it works apart from warnings.
	codes, accepted := j.split(j.because(all, Warning, affects))
	ignored = append(ignored, accepted...)
	if len(codes) > 0 && !open {
		out.Verdict, out.Because = worse(out.Verdict, Warn), codes
	}
	// It works, but not as asked.
	codes, accepted = j.split(j.codes(func(m match) bool { return m.forceError && m.severity == Error && slices.Contains(all, m.target) }))
	ignored = append(ignored, accepted...)
	if len(codes) > 0 {
		out.reason("--expect private was given, and is not met", Warn)
		out.Because = codes
	}
	if out.Verdict == Pass {
		out.Reason = ignoredReason(ignored)
	}
	return out, open
}

func (c *CapabilityReport) reason(text string, v Verdict) {
	c.Verdict = worse(c.Verdict, v)
	if c.Reason == "" {
		c.Reason = text
	}
}

func undocumented(n need) string {
	for _, t := range n.any {
		if t.NotDocumented != "" {
			return t.NotDocumented
		}
	}
	return ""
}

// because are the codes of a severity that concern one of the targets, or the
// node as a whole.
func (j *judgement) because(ts []*target, s Severity, least effect) []Code {
	return j.codes(func(m match) bool {
		if m.target == nil {
			return s == Error && m.effect == invalidates && m.severity == Error
		}
		return m.severity == s && m.effect >= least && slices.Contains(ts, m.target)
	})
}

func (j *judgement) codes(ok func(match) bool) []Code {
	var codes []Code
	for _, c := range j.causes {
		if slices.ContainsFunc(j.left[c.code], ok) {
			codes = append(codes, c.code)
		}
	}
	return codes
}

func (j *judgement) targetReport(t *target) TargetReport {
	out := j.targetVerdict(t)
	// ec2messages is optional, although requested, if the agent does not need it.
	optional := !t.needed && !t.Asked || out.Reason == NotWaitedFor
	if !optional || !t.tried() || t.absent != "" || j.usable(t) || out.Verdict == Pass {
		return out
	}
	switch out.Breaks = t.IfUnreachable(); {
	case out.Breaks == "":
	case out.Verdict == Skip:
		out.Breaks = "if unreachable: " + out.Breaks
	case t.firstOnly():
		out.Breaks += ", unless an address answers that was not tried"
	}
	return out
}

func (j *judgement) targetVerdict(t *target) TargetReport {
	out := TargetReport{Name: t.Name, Host: t.Host, Port: t.Port, Asked: t.Asked}
	switch {
	case t.NotApplicable != "":
		out.Verdict, out.Reason = Skip, t.NotApplicable
		return out
	case t.NotDocumented != "" && t.hostless == "":
		out.Verdict, out.Reason = Skip, t.NotDocumented
		if j.facts.ownBucket(t) { // no capability shows that it was requested
			out.Verdict = Warn
		}
		return out
	case t.absent != "":
		out.Verdict, out.Reason = Skip, t.absent
		return out
	case t.notWaitedFor:
		out.Verdict, out.Reason = Skip, NotWaitedFor
		return out
	case j.open(t):
		out.Verdict, out.Reason = Skip, "not decided: "+j.undecided([]*target{t})
		return out
	}
	codes, ignored := j.split(j.codes(func(m match) bool { return m.target == t && rank(m.severity) > rank(Info) }))
	out.Because = codes
	why, accepted := j.accepted(t)
	out.Read = readProof(t)
	if j.facts.signedReads(t) {
		out.Read = "proved"
	}
	failed := slices.ContainsFunc(j.causes, func(c cause) bool {
		return !j.ignored(c.code) && slices.ContainsFunc(j.left[c.code], func(m match) bool { return m.target == t && m.severity == Error })
	})
	switch {
	case failed:
		out.Verdict = Fail
	case !j.usable(t) && !accepted:
		out.Verdict = Warn
		out.Because, _ = j.split(j.codes(func(m match) bool { return m.target == t }))
		if t.needed {
			out.Reason = "nothing that was requested fails because of it"
		}
	case len(out.Because) > 0:
		out.Verdict = Warn
	default:
		out.Verdict, out.Reason = Pass, ignoredReason(append(why, ignored...))
	}
	return out
}

// undecided says why some of the targets are not decided.
func (j *judgement) undecided(ts []*target) string {
	// What was not read in time is unknown because the time was up.
	late := func(why string) string {
		if j.facts.cutOff() {
			why += ", and " + j.facts.ending()
		}
		return why
	}
	switch {
	case slices.ContainsFunc(ts, func(t *target) bool { return j.open(t) && j.facts.proxyHidden(t) }):
		return late(hiddenProxy)
	case j.facts.o.SystemHangs:
		return late("the system's resolver was not asked: " + quoted(j.facts.o.SystemNotAsked))
	case !j.facts.cutOff():
		if i := slices.IndexFunc(ts, func(t *target) bool { return j.open(t) && j.facts.hidden(t) }); i >= 0 {
			what, _ := j.facts.whatIsHidden(ts[i])
			return what
		}
	}
	return j.facts.ending()
}

// hiddenProxy is what is not known if the agent's settings may not be read.
const hiddenProxy = "whether the agent uses a proxy is not known"

// showProxy says how to find out. The flag also helps with settings that nobody can
// read, such as the service manager's own environment.
func (f *facts) showProxy() string {
	return "run this again as " + f.superuser() + ", or with --proxy URL or --proxy none"
}

// ending says how the run ended before everything was done.
func (f *facts) ending() string {
	paused := f.pausedFor()
	switch f.o.Ending {
	case observation.EndingInterrupted:
		return "the run was interrupted"
	case observation.EndingComplete:
		if why := f.unverified(); why != "" {
			return why
		}
		if paused != "" {
			return paused
		}
		return "the attempt was not completed"
	}
	if paused != "" {
		return "the deadline passed, and " + paused
	}
	return "the deadline passed"
}

// ExitStatus is the status with which the program ends: 0 if everything requested can
// work, 1 if something cannot (with strict also if there is a warning), 3 if the run
// could not be finished. Status 2 is the command line's.
func (r *Report) ExitStatus(strict bool) int {
	warned := slices.ContainsFunc(r.counted(), func(f Finding) bool { return f.Severity == Warning })
	switch {
	case r.Interrupted:
		return 3
	case r.Verdict == Fail:
		return 1
	case r.Undecided:
		return 3
	case strict && warned:
		return 1
	case r.Verdict == Pass || r.Verdict == Warn:
		return 0
	}
	return 3
}
