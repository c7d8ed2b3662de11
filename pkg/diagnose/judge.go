package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Judge says what the observations mean. It is a pure function: the same
// observations give the same report, on any system and at any time. It takes
// observations from anywhere, also those that lack everything.
func Judge(o *observation.Observations) *Report {
	if o == nil {
		o = new(observation.Observations)
	}
	f := newFacts(o)
	j := &judgement{facts: f, causes: causes(), left: make(map[Code][]match)}
	j.match()
	j.weighNeeds()
	j.leftOver()
	j.weigh()
	j.agentLog()
	return j.report()
}

// A judgement is what Judge works on.
type judgement struct {
	facts  *facts
	causes []cause
	// left are the matches that nothing explains away.
	left map[Code][]match
	// fromLog is what the agent's log adds to the findings.
	fromLog map[Code][]string
	// state of each of facts.needs, in their order.
	needs []needState
}

// match finds where each cause holds, and drops what follows from another.
func (j *judgement) match() {
	for _, c := range j.causes {
		if c.find == nil {
			continue
		}
		var left []match
		byAddress := slices.Contains(otherAddress(), c.code)
		for _, m := range c.find(j.facts) {
			if byAddress && m.effect == breaks && m.target != nil && j.facts.anyway(m.target) {
				m.effect = touches
			}
			if !j.explained(c, m) {
				left = append(left, m)
			}
		}
		if !slices.ContainsFunc(left, func(m match) bool { return !m.follows && !m.quiet }) {
			continue // nothing is left but what follows from it
		}
		j.left[c.code] = left
	}
	j.leaveOpen()
	j.leaveUnsure()
}

// explained reports whether one of the causes that explain c breaks the
// target of m.
func (j *judgement) explained(c cause, m match) bool {
	for _, code := range c.explainedBy {
		if slices.ContainsFunc(j.left[code], m.follow) {
			return true
		}
	}
	return false
}

// follow reports whether m follows from another match at its target. Where
// AWS answers all the same, what is seen at an address follows only from what
// is wrong at that address: a name that has no private address, and works, is
// not why a box keeps the WebSocket from AWS.
func (m match) follow(from match) bool {
	if from.effect < breaks || from.target != m.target {
		return false
	}
	return from.stops() || m.way == nil || m.way == from.way
}

// stops reports whether the target is of no use because of the match.
func (m match) stops() bool {
	return !m.unsure && (m.effect == defeats || m.effect == breaks && (m.target == nil || !m.target.works()))
}

// leaveOpen takes back that what fails at one address breaks its target while
// another address is undecided: the target may work by that one. What lies
// before the addresses, in DNS, stays, and so does what holds at all of them.
// It comes after the matching, as one cause at an address explains another
// there whatever becomes of the target.
func (j *judgement) leaveOpen() {
	for _, c := range j.causes {
		for i, m := range j.left[c.code] {
			if !c.everyWay && m.effect == breaks && m.way != nil && m.target != nil && !m.target.works() && anyUndecided(m.target.ways) {
				j.left[c.code][i].effect = touches
			}
		}
	}
}

// leaveUnsure marks what keeps this node from AWS on the direct way, where the
// agent may go another one, by what could not be read.
func (j *judgement) leaveUnsure() {
	for _, c := range j.causes {
		for i, m := range j.left[c.code] {
			if !c.everyWay && m.target != nil && m.effect >= breaks &&
				(m.force && m.target.PlainHost != "" || j.facts.unsureOf(c.code, m) && !j.usable(m.target)) {
				j.left[c.code][i].unsure = true
			}
		}
	}
}

// defeated reports whether a cause makes the target useless though AWS
// answers there.
func (j *judgement) defeated(t *target) bool {
	return j.any(func(m match) bool { return m.target == t && m.effect == defeats })
}

// broken reports whether a cause says why the target fails.
func (j *judgement) broken(t *target) bool {
	return j.any(func(m match) bool { return m.target == t && m.stops() })
}

func (j *judgement) any(ok func(match) bool) bool {
	for _, c := range j.causes {
		if slices.ContainsFunc(j.left[c.code], ok) {
			return true
		}
	}
	return false
}

// usable reports whether the target can be used for what it is there for.
func (j *judgement) usable(t *target) bool {
	return t.works() && !j.defeated(t) && !socketOpen(j.facts, t)
}

// open reports whether the run ended before the target could be decided.
func (j *judgement) open(t *target) bool {
	if !t.tried() || j.usable(t) || j.broken(t) {
		return false
	}
	if t.notWaitedFor || j.facts.hidden(t) || t.resolved.outcome == outcomeUndecided || anyUndecided(t.ways) || socketOpen(j.facts, t) {
		return true
	}
	// What was not reached before the end is as open as what was begun.
	return j.facts.cutOff() && !slices.ContainsFunc(t.ways, func(w *way) bool { return w.state > stateUndecided }) &&
		!t.resolved.outcome.failed() && t.resolved.outcome != outcomeNXDomain && t.resolved.outcome != outcomeEmpty
}

// leftOver makes findings of what fails and of which no cause says why.
// Nothing is swallowed.
func (j *judgement) leftOver() {
	for _, t := range j.facts.targets {
		if !t.tried() || j.broken(t) || j.open(t) {
			continue
		}
		unmet := j.facts.notPrivate(t) && !j.any(func(m match) bool { return m.target == t && m.force })
		if j.usable(t) && !unmet {
			continue
		}
		j.left[Unexplained] = append(j.left[Unexplained], match{
			target: t, effect: breaks, force: unmet, unsure: unmet && t.PlainHost != "" && j.usable(t), evidence: j.facts.everything(t),
		})
	}
}

// weigh gives each match its severity: an error where a capability asked for
// cannot work because of it, else a warning, and information where nothing
// that was asked for depends on it.
func (j *judgement) weigh() {
	for _, c := range j.causes {
		ms := j.left[c.code]
		for i := range ms {
			s := j.severity(ms[i])
			s = lesser(s, c.atMost)
			if ms[i].unsure {
				s = lesser(s, Warning)
			}
			ms[i].severity = lesser(s, ms[i].limit)
		}
	}
}

func (j *judgement) severity(m match) Severity {
	t := m.target
	switch {
	case t == nil && m.effect == defeats:
		return Error
	case t == nil:
		return Warning
	case !t.needed:
		return Info
	case (m.effect == defeats || m.effect == breaks && !t.works()) && j.fails(t):
		return Error
	case legacy(t) && j.facts.channel == channelOptional:
		return Info
	case m.force && (!legacy(t) || j.facts.channelNeeded() || j.unmet()):
		return Error
	}
	return Warning
}

// unmet reports whether --expect private is not met by a name that counts
// whatever the agent's version is.
func (j *judgement) unmet() bool {
	return j.any(func(m match) bool { return m.force && m.target != nil && !legacy(m.target) })
}

// fails reports whether something that was asked for fails with the target.
func (j *judgement) fails(t *target) bool {
	for i, n := range j.facts.needs {
		if j.needs[i] == needFails && slices.Contains(n.any, t) {
			return true
		}
	}
	return !j.member(t) && t.Asked // a bucket of the user's own
}

// member reports whether a capability needs the target.
func (j *judgement) member(t *target) bool {
	return slices.ContainsFunc(j.facts.needs, func(n need) bool { return slices.Contains(n.any, t) })
}

// weight orders severities: the heavier is the greater.
func weight(s Severity) int {
	switch s {
	case Error:
		return 3
	case Warning:
		return 2
	case Info:
		return 1
	}
	return 0
}

// lesser is the lighter of two, an empty limit limiting nothing.
func lesser(s, limit Severity) Severity {
	if limit != "" && weight(limit) < weight(s) {
		return limit
	}
	return s
}
