// Package diagnose says what a run's observations mean: which causes hold,
// which targets and capabilities they take down, and what to change.
//
// It is a pure function of the observations. It opens no socket and no file,
// reads no environment and no clock, and it does not print: a run that was
// saved on a broken node can be judged again anywhere. How a judgement is told
// is package report's.
package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A cause is one row of the contract's tables: when it holds, what it matters
// at most, what explains it away, and how it is told.
type cause struct {
	code   Code
	atMost Severity
	// explainedBy are the codes from which this one follows: where one of
	// them breaks a target, this cause says nothing of that target. They
	// stand earlier in the list of causes.
	explainedBy []Code
	// apart tells what was not asked for, or matters less, as a finding of
	// its own. It is for causes that are cured one target at a time.
	apart bool
	// everyWay: it holds whichever way the agent takes, by another address
	// or through a proxy.
	everyWay bool
	// restart: the agent gives up for up to an hour while it holds.
	restart bool
	// credentials: new credentials, or another policy for them, cure it.
	credentials bool
	find        func(f *facts) []match
	tell        func(f *facts, ms []match) words
}

// An effect is what a cause does to a target. The zero value is none.
type effect int

const (
	// touches: the target shows it, and does not fail by it.
	touches effect = iota + 1
	// breaks: the target is not reached because of it.
	breaks
	// defeats: AWS answers there, and it is of no use all the same.
	defeats
)

// A match is one place where a cause holds.
type match struct {
	// target is nil where the cause concerns the node as a whole.
	target *target
	effect effect
	// limit is the most that this match can be. Empty: what the cause can.
	limit Severity
	// force makes it an error though the target works: `--expect private`
	// was given, and is not met.
	force bool
	// quiet: it explains what is seen at the target, and the finding does
	// not list it.
	quiet bool
	// follows: it holds only where a match that does not follow is left.
	follows bool
	// unsure: the agent may go another way, through a proxy or to an address that could not be
	// read, or by another name, as its version is not known. It then is a warning at most, and its target undecided.
	unsure   bool
	evidence []string
	// way and server are where it was seen, for the words.
	way    *way
	server *server

	severity Severity
}

// words are how a finding is told, beside its evidence.
type words struct {
	title string
	// more is evidence that concerns no single match.
	more    []string
	confirm []string
	fix     []string
}

// targetsOf are the targets of the matches, in plan order, each once.
func targetsOf(ms []match) []*target {
	var ts []*target
	for _, m := range ms {
		if m.target != nil && !m.quiet && !slices.Contains(ts, m.target) {
			ts = append(ts, m.target)
		}
	}
	slices.SortStableFunc(ts, func(a, b *target) int { return a.index - b.index })
	return ts
}

// waysOf are the ways of the matches, each once.
func waysOf(ms []match) []*way {
	var ws []*way
	for _, m := range ms {
		if m.way != nil && !m.quiet && !slices.Contains(ws, m.way) {
			ws = append(ws, m.way)
		}
	}
	return ws
}

// serversOf are the nameservers of the matches, each once.
func serversOf(ms []match) []*server {
	var ss []*server
	for _, m := range ms {
		if m.server != nil && !m.quiet && !slices.Contains(ss, m.server) {
			ss = append(ss, m.server)
		}
	}
	return ss
}

// causes lists every cause of the contract. The order matters where one
// explains another: what explains stands before what it explains.
func causes() []cause {
	dns := slices.Concat(dnsServers(), dnsAnswers(), dnsForwarders(), dnsEndpoints(), dnsTransports(), []cause{dnsNameFails()}, dnsNames())
	for i := range dns {
		// The proxy resolves the names for those that go through it.
		dns[i].explainedBy = append(dns[i].explainedBy, ProxyInvalid, ProxyBypassed, ProxyAgentDiffers)
	}
	return slices.Concat(
		ofTheNode(),
		[]cause{clockSkew()},
		throughProxies(),
		dns,
		theNodeItself(),
		theWay(),
		tlsCertificates(),
		tlsHandshakes(),
		overHTTP(),
		inS3(),
		withCredentials(),
		theRest(),
	)
}

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
	return j.report()
}

// A judgement is what Judge works on.
type judgement struct {
	facts  *facts
	causes []cause
	// left are the matches that nothing explains away.
	left map[Code][]match
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

// Codes lists every code that this version can find, in the order in which
// the causes are looked for.
func Codes() []Code {
	all := causes()
	codes := make([]Code, len(all))
	for i, c := range all {
		codes[i] = c.code
	}
	return codes
}

// AtMost is the most that a finding of the code can be, "" for a code that
// does not exist.
func AtMost(code Code) Severity {
	c, _ := causeOf(code)
	return c.atMost
}

// ExplainedBy are the causes from which the code follows, sorted: where one of
// them breaks a target, the code is not reported for it.
func ExplainedBy(code Code) []Code {
	c, _ := causeOf(code)
	return slices.Compact(slices.Sorted(slices.Values(c.explainedBy)))
}

func causeOf(code Code) (cause, bool) {
	for _, c := range causes() {
		if c.code == code {
			return c, true
		}
	}
	return cause{}, false
}
