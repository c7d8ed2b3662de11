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
	// conditionForwarder: it answers the control query, and no name of AWS's.
	conditionForwarder
	// conditionNoRoute: the routing table has no route to it.
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
	case noRoute(s.Route):
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
		local = local || f.refusedQuestion(s, a).sign != signNone && !s.cameBack(a.Transport)
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
	// A host outside AWS shows what a control query shows: whether the server
	// answers at all. It shows nothing of where AWS's names are forwarded.
	switch {
	case len(seen) > 0:
	case works:
		return conditionAnswers
	default:
		seen = elsewhere
	}
	control := outcome("")
	if s.ControlQuery != nil {
		control = answerOutcome(s.ControlQuery, f.o.Class)
	}
	switch {
	case s.ControlHost != nil && len(s.ControlHost.Addresses) > 0:
		return conditionAnswers
	case len(seen) == 0:
		return conditionUnknown
	case local:
		return conditionLocal
	case works || s.answersControl() || control.decisive():
		return conditionForwarder
	}
	if control == outcomeRefuses || control == outcomeServFail {
		seen = []outcome{control}
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

// same reports whether a server is asked at the same address.
func (s *server) same(other *server) bool {
	return s != nil && other != nil && s.Address == other.Address
}

// refusedQuestion gives the sign by which this node itself refuses a question to
// a nameserver. Of UDP EPERM is the sign, which what a
// packet filter rejects gives too; of TCP, those of every connection.
func (f *facts) refusedQuestion(s *server, a *observation.Answer) localRefusal {
	switch {
	case a == nil:
		return localRefusal{}
	case a.Failure.Of(observation.KindNotPermitted):
		return localRefusal{sign: signEPERM}
	case a.Transport != "tcp" || a.Rcode != "" || noRoute(s.Route):
		return localRefusal{}
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
	for _, a := range []*observation.Answer{s.ControlQuery, s.ControlHost, s.OverTCP, s.OverUDP} {
		if a != nil {
			all = append(all, *a)
		}
	}
	return slices.ContainsFunc(all, func(a observation.Answer) bool {
		return a.Rcode != "" && (a.Transport == "tcp") == (transport == "tcp")
	})
}

// refusals is the first sign by which this node itself refuses questions over
// TCP. EPERM shows in the line of the answer.
func (f *facts) refusals(s *server) []string {
	for _, t := range f.direct() {
		a := s.answerTo(t.Host)
		if why := f.refusedQuestion(s, a); why.sign != signNone && !a.Failure.Of(observation.KindNotPermitted) {
			return []string{s.String() + ": " + why.String()}
		}
	}
	return nil
}
