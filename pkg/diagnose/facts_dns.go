package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An outcome is what became of one name at one resolver. The zero value: it
// was not asked.
type outcome string

const (
	outcomePrivate   outcome = "private"
	outcomePublic    outcome = "public"
	outcomeOdd       outcome = "odd" // an address that can be nobody's endpoint
	outcomeNXDomain  outcome = "nxdomain"
	outcomeEmpty     outcome = "empty"
	outcomeServFail  outcome = "servfail"
	outcomeRefuses   outcome = "refuses"
	outcomeSilent    outcome = "silent"
	outcomeUndecided outcome = "undecided"
)

func (o outcome) hasAddress() bool {
	return o == outcomePrivate || o == outcomePublic || o == outcomeOdd
}

// decisive: the resolver answered the question, so that the system asks no
// other one.
func (o outcome) decisive() bool {
	return o.hasAddress() || o == outcomeNXDomain || o == outcomeEmpty
}

// failed: the resolver gave no answer to use.
func (o outcome) failed() bool {
	return o == outcomeServFail || o == outcomeRefuses || o == outcomeSilent
}

// A resolution is what a name comes to.
type resolution struct {
	outcome outcome
	addrs   []netip.Addr
	// failure is the system's, where it gave no address.
	failure *observation.Failure
	// flaky: the system's lookup failed, and each nameserver by itself
	// answers the question.
	flaky bool
}

// A server is one nameserver and what it made of each host.
type server struct {
	*observation.ServerObservation
	answers map[string]answers
	class   func(netip.Addr) observation.Class
	// diverted is the interface by which questions leave and that does not lead
	// to it, nil for none.
	diverted *observation.Interface
}

// answers are those to the A and the AAAA question for one host.
type answers struct{ a, aaaa *observation.Answer }

func newServer(o *observation.Observations, seen *observation.ServerObservation) *server {
	s := &server{ServerObservation: seen, answers: make(map[string]answers), class: o.Class}
	for i := range seen.Answers {
		a := &seen.Answers[i]
		key := hostKey(a.Name)
		pair := s.answers[key]
		if a.Type == "AAAA" {
			pair.aaaa = a
		} else {
			pair.a = a
		}
		s.answers[key] = pair
	}
	return s
}

func hostKey(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// String is the server as it is asked: its address, with the port where that
// is not DNS's.
func (s *server) String() string {
	if s.Address.Port() == 53 {
		return s.Address.Addr().String()
	}
	return s.Address.String()
}

// answerTo gives the answer that decides about a host: A's, where it has
// addresses or AAAA has none.
func (s *server) answerTo(host string) *observation.Answer {
	pair := s.answers[hostKey(host)]
	switch {
	case pair.a == nil:
		return pair.aaaa
	case pair.aaaa == nil || len(pair.a.Addresses) > 0:
		return pair.a
	case len(pair.aaaa.Addresses) > 0:
		return pair.aaaa
	case pair.a.Failure.Of(observation.KindNoAddress) && !pair.aaaa.Failure.Of(observation.KindNoAddress):
		return pair.aaaa // the question that failed
	}
	return pair.a
}

// outcome says what became of a host at the server. A name with A answers is
// classed by those alone.
func (s *server) outcome(host string) outcome {
	a := s.answerTo(host)
	if a == nil {
		return ""
	}
	return answerOutcome(a, s.class)
}

func answerOutcome(a *observation.Answer, class func(netip.Addr) observation.Class) outcome {
	if len(a.Addresses) > 0 {
		return addressOutcome(a.Addresses, class)
	}
	switch f := a.Failure; {
	case isUndecided(f):
		return outcomeUndecided
	case f.Of(observation.KindNXDomain):
		return outcomeNXDomain
	case f.Of(observation.KindServFail):
		return outcomeServFail
	case f.Of(observation.KindDNSRefused):
		return outcomeRefuses
	case f.Of(observation.KindNoAddress):
		return outcomeEmpty
	case a.Rcode == "NOERROR":
		return outcomeEmpty // also where its aliases lead in a circle
	}
	return outcomeSilent
}

func addressOutcome(addrs []netip.Addr, class func(netip.Addr) observation.Class) outcome {
	out := outcomeOdd
	v4 := slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Unmap().Is4() })
	for _, a := range addrs {
		if v4 && !a.Unmap().Is4() {
			continue
		}
		switch class(a) {
		case observation.ClassPrivate:
			return outcomePrivate
		case observation.ClassPublic:
			out = outcomePublic
		}
	}
	return out
}

// answersControl reports whether the server answers a question that any working one
// answers.
func (s *server) answersControl() bool {
	return s.ControlQuery != nil && s.ControlQuery.Failure == nil && s.ControlQuery.Rcode == "NOERROR"
}

// resolve says what the system makes of the target's name.
func (f *facts) resolve(t *target) resolution {
	if t.proxied {
		return resolution{}
	}
	byServers := f.simulate(t.Host)
	if f.serversGiven() {
		return byServers
	}
	if f.nameserversUnread() && !f.pinned(t) {
		// What the system did in their place is not what the agent does.
		return resolution{outcome: outcomeUndecided}
	}
	if f.o.SystemHangs {
		return resolution{outcome: outcomeUndecided}
	}
	if f.onlyFiles() && !f.pinned(t) {
		return resolution{outcome: outcomeNXDomain}
	}
	if t.lookup == nil && f.ruledOut(t.Host) != nil {
		return resolution{outcome: outcomeUndecided}
	}
	if t.lookup == nil {
		return byServers
	}
	if byServers.outcome != "" && !byServers.outcome.hasAddress() && f.completion(t) != nil {
		return byServers // the system found another name's address in its place
	}
	l := t.lookup
	if l.Failure == nil && len(l.Addresses) > 0 {
		if o := addressOutcome(l.Addresses, f.o.Class); f.o.Node.Resolver.Rotate && len(f.configured) > 1 && byServers.outcome.hasAddress() && o != byServers.outcome && !f.pinned(t) {
			return byServers // which server was asked first is chance
		}
		addrs := make([]netip.Addr, len(l.Addresses))
		for i, a := range l.Addresses {
			addrs[i] = a.Unmap().WithZone("")
		}
		return resolution{outcome: addressOutcome(addrs, f.o.Class), addrs: addrs}
	}
	byServers.failure = l.Failure
	switch {
	case byServers.outcome.hasAddress() && l.Failure.Of(observation.KindNXDomain, observation.KindNoAddress):
		return resolution{outcome: outcomeNXDomain, failure: l.Failure}
	case byServers.outcome.hasAddress() && l.Tries > 1 && !isUndecided(l.Failure) && f.allAnswer(t.Host):
		return resolution{outcome: outcomeSilent, failure: l.Failure} // every try failed
	case byServers.outcome.hasAddress():
		byServers.flaky = !isUndecided(l.Failure) && f.allAnswer(t.Host)
		return byServers
	case byServers.outcome != "":
		return byServers
	}
	return resolution{outcome: answerOutcome(&observation.Answer{Failure: l.Failure}, f.o.Class), failure: l.Failure}
}

// nameserversUnread reports whether it could not be read which nameservers are
// configured, and none were given in their place. The agent, which runs as root
// and reads at another time, may know. Of a FIFO nobody knows what it gives.
func (f *facts) nameserversUnread() bool {
	r := f.o.Node.Resolver
	return unread(r.Failure) && len(r.Servers) == 0 && !f.serversGiven() || r.Failure.Of(observation.KindOther) && f.o.SystemHangs
}

// serversGiven reports whether --nameserver named those that count.
func (f *facts) serversGiven() bool {
	return slices.ContainsFunc(f.configured, func(s *server) bool { return s.Given })
}

// hostsUnread reports whether the hosts file could not be read: it may give any
// name another address.
func (f *facts) hostsUnread() bool { return unread(f.o.Node.Hosts.Failure) && !f.serversGiven() }

// unread reports whether a file is there, or may be, and could not be read, or
// not to its end: what it says is not known, and never that it says nothing.
// (KindOther: there is no file, but a directory, say.)
func unread(failure *observation.Failure) bool {
	return failure != nil && !failure.Of(observation.KindAbsent, observation.KindOther, observation.KindSyntax)
}

// pinned reports whether the system took the target's addresses from the hosts
// file.
func (f *facts) pinned(t *target) bool {
	return t.lookup != nil && slices.ContainsFunc(t.pins, func(e observation.HostsEntry) bool {
		return slices.ContainsFunc(t.lookup.Addresses, func(a netip.Addr) bool { return a.Unmap().WithZone("") == e.Address.Unmap() })
	})
}

// simulate asks the counting servers in their order, as Go's resolver does: an
// answer, an NXDOMAIN and an answer without an address end the search, while a
// server that is silent, refuses or fails leads to the next one.
func (f *facts) simulate(host string) resolution {
	var out resolution
	for _, s := range f.configured {
		o := s.outcome(host)
		if o.decisive() {
			r := resolution{outcome: o}
			for _, a := range s.addresses(host) {
				r.addrs = append(r.addrs, a.Unmap().WithZone(""))
			}
			return r
		}
		if out.outcome == "" || out.outcome == outcomeUndecided {
			out.outcome = o
		}
	}
	return out
}

func (s *server) addresses(host string) []netip.Addr {
	pair := s.answers[hostKey(host)]
	var all []netip.Addr
	for _, a := range []*observation.Answer{pair.a, pair.aaaa} {
		if a != nil {
			all = append(all, a.Addresses...)
		}
	}
	return all
}

// allAnswer reports whether every counting server answers for the host, for
// both families.
func (f *facts) allAnswer(host string) bool {
	return len(f.configured) > 0 && !slices.ContainsFunc(f.configured, func(s *server) bool {
		pair := s.answers[hostKey(host)]
		silent := func(a *observation.Answer) bool { return a != nil && answerOutcome(a, s.class) == outcomeSilent }
		return !s.outcome(host).decisive() || silent(pair.a) || silent(pair.aaaa)
	})
}

// someAnswer reports whether a counting server answers for the host.
func (f *facts) someAnswer(host string) bool {
	return slices.ContainsFunc(f.configured, func(s *server) bool { return s.outcome(host).decisive() })
}
