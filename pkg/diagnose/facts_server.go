package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A condition is the state of a nameserver. The zero value is not known.
type condition int

const (
	conditionUnknown condition = iota
	// conditionAnswers: it answers for a name of AWS's, whatever the answer.
	conditionAnswers
	conditionSilent
	conditionRefuses
	conditionFails
	// conditionForwarder: it answers the control query, but for no name of AWS's.
	conditionForwarder
	// conditionNoRoute: the routing table has no route to it.
	conditionNoRoute
	// conditionOnlyUDP: this system uses TCP only, and it answers over UDP only.
	conditionOnlyUDP
	// conditionDiverted: packets to it leave through an interface that does not
	// lead there.
	conditionDiverted
	// conditionLocal: this node's own packet filter blocks queries to it.
	conditionLocal
)

// condition judges the server by everything that it was asked.
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
	// answers at all. It does not show where AWS's names are forwarded.
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
	case replied(s.OverUDP):
		return conditionOnlyUDP
	}
	return conditionSilent
}

// same reports whether both servers are asked at the same address.
func (s *server) same(other *server) bool {
	return s != nil && other != nil && s.Address == other.Address
}

// refusedQuestion returns the sign that this node itself refuses a query to a
// nameserver: for UDP EPERM, which a packet filter that rejects causes too; for TCP the
// signs of any connection.
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
	// On EC2, the host that the instance runs on answers at a link-local address, so
	// the time shows nothing. Nor does it for a neighbour: a closed port of the
	// nameserver itself resets at once, while its answers come from farther away.
	elsewhere := remote(f.o.Class(to)) && !to.IsLinkLocalUnicast() && !f.neighbour(to)
	r := refusal{failure: a.Failure, took: a.Elapsed, to: to, message: a.ICMP, elsewhere: elsewhere}
	r.own = r.message != nil && f.ownAddress(r.message.From, s.Local)
	return f.ownRefusal(r)
}

// cameBack reports whether the server answered a query over the transport: then this
// node does not block all of them, and one that it refused shows nothing about the
// others.
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

// refusals is the first sign that this node itself refuses queries over TCP. EPERM is
// already in the line of the answer.
func (f *facts) refusals(s *server) []string {
	for _, t := range f.direct() {
		a := s.answerTo(t.Host)
		if why := f.refusedQuestion(s, a); why.sign != signNone && !a.Failure.Of(observation.KindNotPermitted) {
			return []string{s.String() + ": " + why.String()}
		}
	}
	return nil
}
