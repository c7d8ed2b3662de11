package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

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
