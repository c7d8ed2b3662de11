package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A condition is how a nameserver is. The zero value is not known.
type condition int

const (
	conditionUnknown condition = iota
	// conditionAnswers: it answers for a name of AWS's, whatever it says.
	conditionAnswers
	conditionSilent
	conditionRefuses
	conditionFails
	// conditionForwarder: it answers the witness, and no name of AWS's.
	conditionForwarder
	// conditionNoRoute: the routing table has no way to it.
	conditionNoRoute
	// conditionOnlyUDP: this system asks over TCP alone, and it answers over
	// UDP alone.
	conditionOnlyUDP
	// conditionDiverted: what is sent to it leaves by an interface that does not
	// lead there.
	conditionDiverted
	// conditionLocal: this node's own packet filter keeps it from being asked.
	conditionLocal
)

// condition says how the server is by everything that it was asked.
func (f *facts) condition(s *server) condition {
	switch {
	case s.Route.Of(observation.KindNotPermitted):
		return conditionLocal
	case noWay(s.Route):
		return conditionNoRoute
	case s.diverted != nil:
		return conditionDiverted
	}
	var seen, elsewhere []outcome
	local, works := false, false
	for _, t := range f.direct() {
		a := s.answerTo(t.Host)
		if a == nil {
			continue
		}
		o := s.outcome(t.Host)
		answers := o.decisive() || a.Truncated
		if answers && !t.Foreign {
			return conditionAnswers
		}
		works = works || answers
		local = local || f.refusedQuestion(s, a) != "" && !s.cameBack(a.Transport)
		switch {
		case answers || o == outcomeUndecided:
		case t.Foreign:
			elsewhere = append(elsewhere, o)
		default:
			seen = append(seen, o)
		}
	}
	for _, host := range f.o.Plan.Lookups {
		if s.outcome(host).decisive() {
			return conditionAnswers
		}
	}
	// A host outside AWS tells what a witness tells: whether the server
	// answers at all. It tells nothing of where AWS's names are forwarded.
	switch {
	case len(seen) > 0:
	case works:
		return conditionAnswers
	default:
		seen = elsewhere
	}
	witness := outcome("")
	if s.Witness != nil {
		witness = answerOutcome(s.Witness, f.o.Class)
	}
	switch {
	case s.Outside != nil && len(s.Outside.Addresses) > 0:
		return conditionAnswers
	case len(seen) == 0:
		return conditionUnknown
	case local:
		return conditionLocal
	case works || s.witnessed() || witness.decisive():
		return conditionForwarder
	}
	if witness == outcomeRefuses || witness == outcomeServFail {
		seen = []outcome{witness}
	}
	switch {
	case slices.Contains(seen, outcomeRefuses):
		return conditionRefuses
	case slices.Contains(seen, outcomeServFail):
		return conditionFails
	case s.OverUDP != nil && s.OverUDP.Rcode != "":
		return conditionOnlyUDP
	}
	return conditionSilent
}

// lookups are the matches of a cause at the counting servers of a condition:
// the names whose lookup fails because of it, where no other server answers;
// else those that it was asked for, which only wait for it.
func (f *facts) lookups(c condition) []match {
	var ms []match
	for _, s := range f.counting {
		if f.condition(s) != c {
			continue
		}
		evidence := f.serverEvidence(s)
		for _, t := range f.direct() {
			if s.answerTo(t.Host) == nil || s.outcome(t.Host).decisive() {
				continue
			}
			ms = append(ms, match{target: t, server: s, effect: f.effectOf(t), evidence: evidence})
		}
	}
	return ms
}

// effectOf is what a server that gives no answer does to a target: nothing, as
// long as the system has an answer from elsewhere.
func (f *facts) effectOf(t *target) effect {
	if t.resolved.outcome.hasAddress() || f.someAnswer(t.Host) {
		return touches
	}
	return breaks
}

// serverEvidence is what a server said, in a few lines: the first name that
// failed, how many did, the witness, and what stands behind a stub.
func (f *facts) serverEvidence(s *server) []string {
	var lines []string
	failed, asked := 0, 0
	for _, t := range f.direct() {
		a := s.answerTo(t.Host)
		if a == nil {
			continue
		}
		asked++
		if !s.outcome(t.Host).decisive() {
			if failed == 0 {
				lines = append(lines, answered(s, t.Host, a))
			}
			failed++
		}
	}
	if failed > 1 {
		lines[0] += ", and so for " + number(failed-1, "more name")
	}
	if f.condition(s) == conditionLocal {
		lines = append(lines, f.refusals(s)...)
	}
	if s.Witness != nil {
		lines = append(lines, answered(s, "com. NS (any working server answers it)", s.Witness))
	}
	if s.OverTCP != nil && s.OverTCP.Rcode != "" && f.condition(s) == conditionSilent {
		lines = append(lines, answered(s, s.OverTCP.Name, s.OverTCP)+": only UDP is lost")
	}
	if s.OverUDP != nil && s.OverUDP.Rcode != "" {
		lines = append(lines, answered(s, s.OverUDP.Name, s.OverUDP)+" over UDP")
	}
	if s.Outside != nil {
		lines = append(lines, answered(s, s.Outside.Name, s.Outside))
	}
	if s.Address.Addr().IsLoopback() {
		for _, b := range f.behind {
			lines = append(lines, "behind it, "+b.String()+" "+f.condition(b).say())
		}
	}
	return lines
}

func (c condition) say() string {
	switch c {
	case conditionAnswers:
		return "answers"
	case conditionSilent:
		return "does not answer"
	case conditionRefuses:
		return "refuses"
	case conditionFails:
		return "answers SERVFAIL"
	case conditionForwarder:
		return "answers, and for no name of AWS's"
	case conditionOnlyUDP:
		return "answers over UDP, and not over TCP, which this system uses"
	case conditionNoRoute:
		return "cannot be reached: there is no route to it"
	case conditionDiverted:
		return "cannot be reached: the routing table leads past it"
	case conditionLocal:
		return "cannot be asked: this node's own packet filter refuses"
	}
	return "was not asked"
}

// same reports whether a server is asked at the same address.
func (s *server) same(other *server) bool {
	return s != nil && other != nil && s.Address == other.Address
}

// refusedQuestion says by which sign this node itself refuses a question to a
// nameserver, "" where there is none. Of UDP EPERM is the sign, which what a
// packet filter rejects gives too; of TCP, those of every connection.
func (f *facts) refusedQuestion(s *server, a *observation.Answer) string {
	switch {
	case a == nil:
		return ""
	case a.Failure.Of(observation.KindNotPermitted):
		return "this node's own system refuses the question (EPERM)"
	case a.Transport != "tcp" || a.Rcode != "" || noWay(s.Route):
		return ""
	}
	to := s.Address.Addr()
	// On EC2 the host that the instance runs on answers at a link-local address:
	// how soon shows nothing. Nor does it next door, where a nameserver's own
	// closed port resets at once, and its answers come from farther away.
	elsewhere := remote(f.o.Class(to)) && !to.IsLinkLocalUnicast() && !f.neighbour(to)
	r := refusal{failure: a.Failure, took: a.Elapsed, to: to, message: a.ICMP, elsewhere: elsewhere}
	r.own = r.message != nil && f.ownAddress(r.message.From, s.Local)
	return f.ownRefusal(r)
}

// cameBack reports whether the server answered a question over the transport: then
// this node does not keep all from it, and a question that it refused shows
// nothing of the others.
func (s *server) cameBack(transport string) bool {
	all := slices.Clone(s.Answers)
	for _, a := range []*observation.Answer{s.Witness, s.Outside, s.OverTCP, s.OverUDP} {
		if a != nil {
			all = append(all, *a)
		}
	}
	return slices.ContainsFunc(all, func(a observation.Answer) bool {
		return a.Rcode != "" && (a.Transport == "tcp") == (transport == "tcp")
	})
}

// refusedTruncated are the matches of nameservers whose answers are cut over
// UDP, where this node itself refuses to ask again over TCP.
func (f *facts) refusedTruncated() []match {
	var ms []match
	for _, s := range f.counting {
		for _, t := range f.direct() {
			if a := s.answerTo(t.Host); a != nil && a.Truncated && f.refusedQuestion(s, a) != "" {
				ms = append(ms, match{
					target: t, server: s, effect: f.effectOf(t),
					evidence: []string{s.String() + ": " + t.Host + ": truncated over UDP, and " + answer(a), "over TCP " + f.refusedQuestion(s, a)},
				})
			}
		}
	}
	return ms
}

// refusals is the first sign by which this node itself refuses questions over
// TCP. EPERM shows in the line of the answer.
func (f *facts) refusals(s *server) []string {
	for _, t := range f.direct() {
		a := s.answerTo(t.Host)
		if why := f.refusedQuestion(s, a); why != "" && !a.Failure.Of(observation.KindNotPermitted) {
			return []string{s.String() + ": " + why}
		}
	}
	return nil
}

// failed is how the connection to the match's address failed, or of its
// nameserver the socket, or else the question.
func (m match) failed() *observation.Failure {
	switch a := m.question(); {
	case m.way != nil:
		return m.way.failure
	case m.server.Route == nil && a != nil:
		return a.Failure
	}
	return m.server.Route
}

// icmp is the ICMP message that ended the match's connection, nil for none.
func (m match) icmp() *observation.ICMPMessage {
	if m.way != nil {
		return m.way.icmp()
	}
	if a := m.question(); a != nil {
		return a.ICMP
	}
	return nil
}

// question is what the match's nameserver was asked for its target.
func (m match) question() *observation.Answer {
	if m.server == nil || m.target == nil {
		return nil
	}
	return m.server.answerTo(m.target.Host)
}

// overTCP reports whether the question that failed went over TCP.
func (m match) overTCP() bool {
	a := m.question()
	return a != nil && a.Transport == "tcp"
}
