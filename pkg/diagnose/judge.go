package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A cause is one row of the contract's tables: when it holds, how severe it is at most,
// which causes it depends on, and how it is described.
type cause struct {
	code   Code
	atMost Severity
	// dependsOn are the codes that explain this one: if one of them blocks a
	// target, this cause is not reported for that target. They come earlier
	// in the list of causes.
	dependsOn []Code
	// perTarget reports less severe matches as a separate finding, for causes that
	// are fixed one target at a time.
	perTarget bool
	// anyPath: it holds whichever path the agent takes: another address, or a proxy.
	anyPath bool
	// restart: while it holds, the agent backs off for up to an hour.
	restart bool
	// credentials: new credentials, or another policy for them, fix it.
	credentials bool
	find        func(f *facts) []match
	describe    func(f *facts, ms []match) words
	// actions proposes typed fixes for the targets of a finding. nil, or none: the
	// fix is manual.
	actions func(f *facts, ts []*target) []fix.Action
}

// causes lists every cause of the contract. A cause comes after those that it
// depends on.
func causes() []cause {
	dns := slices.Concat(dnsServerCauses(), dnsAnswerCauses(), dnsForwarderCauses(), dnsEndpointCauses(), dnsTransportCauses(), dnsNameCauses())
	for i := range dns {
		// The proxy resolves the names of targets that go through it.
		dns[i].dependsOn = append(dns[i].dependsOn, ProxyInvalid, ProxyBypassed, ProxyAgentDiffers)
	}
	return slices.Concat(
		nodeCauses(),
		proxyCauses(),
		dns,
		localCauses(),
		connectCauses(),
		certificateCauses(),
		handshakeCauses(),
		httpCauses(),
		s3Causes(),
		credentialCauses(),
		agentLogCauses(),
		fallbackCauses(),
	)
}

// Judge determines what the observations mean. It is a pure function: the same
// observations give the same report, on any system and at any time. It accepts
// observations from anywhere, even empty ones.
func Judge(o *observation.Observations) *Report {
	if o == nil {
		o = new(observation.Observations)
	}
	f := newFacts(o)
	j := &judgement{facts: f, causes: causes(), left: make(map[Code][]match)}
	j.match()
	j.needs = mapTo(f.needs, j.needState)
	j.addUnexplained()
	j.assignSeverity()
	j.agentLog()
	return j.report()
}

// A judgement is the working state of Judge.
type judgement struct {
	facts  *facts
	causes []cause
	// left are the matches that nothing explains away.
	left map[Code][]match
	// fromLog is what the agent's log adds to the findings.
	fromLog map[Code][]string
	// needs has the state of each of facts.needs, in their order.
	needs []needState
}

// explained reports whether one of the causes that explain c blocks the
// target of m.
func (j *judgement) explained(c cause, m match) bool {
	return slices.ContainsFunc(c.dependsOn, func(code Code) bool { return slices.ContainsFunc(j.left[code], m.dependsOn) })
}

// dependsOn reports whether m follows from another match at its target. If AWS answers
// anyway, what is seen at an address follows only from what is wrong at that address: a
// name that works without a private address is not why a middlebox keeps the WebSocket
// from AWS.
func (m match) dependsOn(from match) bool {
	if from.effect < blocks || from.target != m.target {
		return false
	}
	return from.stops() || m.path == nil || m.path == from.path
}

// stops reports whether the match makes the target useless.
func (m match) stops() bool {
	return !m.tentative && (m.effect == invalidates || m.effect == blocks && (m.target == nil || !m.target.works()))
}

// demoteUndecided stops a failure at one address from blocking its target while another
// address is undecided: the target may work at that one. What precedes the addresses, in
// DNS, is not affected, nor is what holds at all of them. It runs after the matching, as
// one cause at an address explains another there, whatever becomes of the target.
func (j *judgement) demoteUndecided() {
	for _, c := range j.causes {
		for i, m := range j.left[c.code] {
			if !c.anyPath && m.effect == blocks && m.path != nil && m.target != nil && !m.target.works() && anyUndecided(m.target.paths) {
				j.left[c.code][i].effect = affects
			}
		}
	}
}

// markTentative marks what keeps this node from AWS on the direct path, if something
// that could not be read may make the agent take another one.
func (j *judgement) markTentative() {
	for _, c := range j.causes {
		for i, m := range j.left[c.code] {
			if !c.anyPath && m.target != nil && m.effect >= blocks &&
				(m.forceError && m.target.PlainHost != "" || j.facts.tentative(c.code, m) && !j.usable(m.target)) {
				j.left[c.code][i].tentative = true
			}
		}
	}
}

// invalidated reports whether a cause makes the target useless although AWS answers
// there.
func (j *judgement) invalidated(t *target) bool {
	return j.any(func(m match) bool { return m.target == t && m.effect == invalidates })
}

// blocked reports whether a cause explains why the target fails.
func (j *judgement) blocked(t *target) bool {
	return j.any(func(m match) bool { return m.target == t && m.stops() })
}

func (j *judgement) any(ok func(match) bool) bool { return len(j.codes(ok)) > 0 }

// usable reports whether the target can be used for its purpose.
func (j *judgement) usable(t *target) bool {
	return t.works() && !j.invalidated(t) && !socketOpen(j.facts, t)
}

// open reports whether the run ended before the target could be decided.
func (j *judgement) open(t *target) bool {
	if !t.tried() || j.usable(t) || j.blocked(t) {
		return false
	}
	if t.notWaitedFor || j.facts.hidden(t) || t.resolved.outcome == outcomeUndecided || anyUndecided(t.paths) || socketOpen(j.facts, t) {
		return true
	}
	// What was not started before the end is as open as what was.
	return j.facts.cutOff() && !slices.ContainsFunc(t.paths, func(w *path) bool { return w.state > stateUndecided }) &&
		!t.resolved.outcome.failed() && t.resolved.outcome != outcomeNXDomain && t.resolved.outcome != outcomeEmpty
}

// addUnexplained makes findings of failures that no cause explains, so that none is
// lost.
func (j *judgement) addUnexplained() {
	for _, t := range j.facts.targets {
		if !t.tried() || j.blocked(t) || j.open(t) {
			continue
		}
		unmet := j.facts.notPrivate(t) && !j.any(func(m match) bool { return m.target == t && m.forceError })
		if j.usable(t) && !unmet {
			continue
		}
		j.left[Unexplained] = append(j.left[Unexplained], match{
			target: t, effect: blocks, forceError: unmet, tentative: unmet && t.PlainHost != "" && j.usable(t), evidence: j.facts.allEvidence(t),
		})
	}
}

// assignSeverity sets the severity of each match: error if a requested capability cannot
// work because of it, info if nothing that was requested depends on it, otherwise
// warning.
func (j *judgement) assignSeverity() {
	for _, c := range j.causes {
		ms := j.left[c.code]
		for i := range ms {
			s := j.severity(ms[i])
			s = lesser(s, c.atMost)
			if ms[i].tentative {
				s = lesser(s, Warning)
			}
			ms[i].severity = lesser(s, ms[i].limit)
		}
	}
}

func (j *judgement) severity(m match) Severity {
	t := m.target
	switch {
	case t == nil && m.effect == invalidates:
		return Error
	case t == nil:
		return Warning
	case !t.needed:
		return Info
	case (m.effect == invalidates || m.effect == blocks && !t.works()) && j.fails(t):
		return Error
	case isEC2Messages(t) && j.facts.needsEC2 == observation.No:
		return Info
	case m.forceError && (!isEC2Messages(t) || j.facts.channelNeeded() || j.unmet()):
		return Error
	}
	return Warning
}

// unmet reports whether --expect private is not met by a name that counts whatever the
// agent's version is.
func (j *judgement) unmet() bool {
	return j.any(func(m match) bool { return m.forceError && m.target != nil && !isEC2Messages(m.target) })
}

// fails reports whether something that was requested fails with the target.
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

// rank orders severities, the most severe highest.
func rank(s Severity) int {
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

// lesser is the less severe of two; an empty limit limits nothing.
func lesser(s, limit Severity) Severity {
	if limit != "" && rank(limit) < rank(s) {
		return limit
	}
	return s
}

// Codes lists every code that this version can find, in the order in which it looks for
// the causes.
func Codes() []Code { return mapTo(causes(), func(c cause) Code { return c.code }) }

// AtMost is the highest severity of a finding with the code, or "" for an unknown code.
func AtMost(code Code) Severity {
	return causeOf(code).atMost
}

// ExplainedBy lists the causes from which the code follows, sorted: if one of them
// blocks a target, the code is not reported for it.
func ExplainedBy(code Code) []Code {
	return slices.Compact(slices.Sorted(slices.Values(causeOf(code).dependsOn)))
}

// causeOf is the cause with a code, or the zero value.
func causeOf(code Code) cause {
	c := find(causes(), func(c *cause) bool { return c.code == code })
	if c == nil {
		return cause{}
	}
	return *c
}
