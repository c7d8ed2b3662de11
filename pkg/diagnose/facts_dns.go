package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An outcome is what a resolver makes of a name. The zero value: it was not asked.
type outcome string

const (
	outcomePrivate   outcome = "private"
	outcomePublic    outcome = "public"
	outcomeOdd       outcome = "odd" // an address that cannot be an endpoint
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

// decisive reports whether the resolver answered the query, so that the system asks no
// other one.
func (o outcome) decisive() bool {
	return o.hasAddress() || o == outcomeNXDomain || o == outcomeEmpty
}

// failed reports whether the resolver gave no usable answer.
func (o outcome) failed() bool {
	return o == outcomeServFail || o == outcomeRefuses || o == outcomeSilent
}

// A resolution is what a name resolves to.
type resolution struct {
	outcome outcome
	addrs   []netip.Addr
	// failure is that of the system's lookup, if it returned no address.
	failure *observation.Failure
	// flaky: the system's lookup failed, but each nameserver answers the query.
	flaky bool
}

// A server is one nameserver and its answers for each host.
type server struct {
	*observation.ServerObservation
	answers map[string]answers
	class   func(netip.Addr) observation.Class
	// diverted is the interface through which queries leave and which does not lead
	// to it, or nil.
	diverted *observation.Interface
}

// answers are those to the A and the AAAA query for one host.
type answers struct{ a, aaaa *observation.Answer }

// replied reports whether a nameserver answered a query, whatever it said.
func replied(a *observation.Answer) bool { return a != nil && a.Rcode != "" }

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

// plainAddr is an address as it is compared: IPv4 as such, and without a zone.
func plainAddr(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func hostKey(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// String is the server as it is asked: its address, with the port if that is not DNS's.
func (s *server) String() string {
	if s.Address.Port() == 53 {
		return s.Address.Addr().String()
	}
	return s.Address.String()
}

// answerTo returns the answer that decides about a host: the one for A, unless only AAAA
// has addresses or only AAAA failed.
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
		return pair.aaaa // the query that failed
	}
	return pair.a
}

// outcome is what the server makes of a host. A name with A answers is classified by
// those alone.
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
		return outcomeEmpty // also if its aliases form a loop
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

// answersControl reports whether the server answers a query that any working one
// answers.
func (s *server) answersControl() bool {
	return s.ControlQuery != nil && s.ControlQuery.Failure == nil && s.ControlQuery.Rcode == "NOERROR"
}

// resolve determines what the system makes of the target's name.
func (f *facts) resolve(t *target) resolution {
	if t.proxied {
		return resolution{}
	}
	byServers := f.simulate(t.Host)
	if f.serversGiven() {
		return byServers
	}
	if f.nameserversUnread() && !f.pinned(t) {
		// What the system did instead is not what the agent does.
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
		return byServers // the system found another name's address instead
	}
	l := t.lookup
	if l.Failure == nil && len(l.Addresses) > 0 {
		if o := addressOutcome(l.Addresses, f.o.Class); f.o.Node.Resolver.Rotate && len(f.configured) > 1 && byServers.outcome.hasAddress() && o != byServers.outcome && !f.pinned(t) {
			return byServers // which server was asked first is chance
		}
		addrs := mapTo(l.Addresses, plainAddr)
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

// nameserversUnread reports whether it is not known which nameservers are configured,
// and --nameserver gave none. The agent, which runs as root and reads them at another
// time, may know. Nobody knows what a FIFO returns.
func (f *facts) nameserversUnread() bool {
	r := f.o.Node.Resolver
	return unread(r.Failure) && len(r.Servers) == 0 && !f.serversGiven() || r.Failure.Of(observation.KindOther) && f.o.SystemHangs
}

// serversGiven reports whether --nameserver replaced the configured nameservers.
func (f *facts) serversGiven() bool {
	return slices.ContainsFunc(f.configured, func(s *server) bool { return s.Given })
}

// hostsUnread reports whether the hosts file could not be read: it may give any name
// another address.
func (f *facts) hostsUnread() bool { return unread(f.o.Node.Hosts.Failure) && !f.serversGiven() }

// unread reports whether a file exists, or may exist, and could not be read completely:
// then its content is not known, which does not mean that it says nothing. (KindOther:
// it is not a file, but a directory, for example.)
func unread(failure *observation.Failure) bool {
	return failure != nil && !failure.Of(observation.KindAbsent, observation.KindOther, observation.KindSyntax)
}

// pinned reports whether the system took the target's addresses from the hosts file.
func (f *facts) pinned(t *target) bool {
	return t.lookup != nil && slices.ContainsFunc(t.pins, func(e observation.HostsEntry) bool {
		return slices.ContainsFunc(t.lookup.Addresses, func(a netip.Addr) bool { return plainAddr(a) == e.Address.Unmap() })
	})
}

// simulate asks the configured nameservers in their order, as Go's resolver does: an
// answer, NXDOMAIN, or an answer without an address ends the search, while a server that
// is silent, refuses or fails leads to the next one.
func (f *facts) simulate(host string) resolution {
	var out resolution
	for _, s := range f.configured {
		o := s.outcome(host)
		if o.decisive() {
			return resolution{outcome: o, addrs: mapTo(s.addresses(host), plainAddr)}
		}
		if out.outcome == "" || out.outcome == outcomeUndecided {
			out.outcome = o
		}
	}
	return out
}

func (s *server) addresses(host string) []netip.Addr {
	var all []netip.Addr
	for _, a := range s.both(host) {
		all = append(all, a.Addresses...)
	}
	return all
}

// both returns the answers to the A and the AAAA query for a host, those that
// were asked.
func (s *server) both(host string) []*observation.Answer {
	pair := s.answers[hostKey(host)]
	return filter([]*observation.Answer{pair.a, pair.aaaa}, func(a *observation.Answer) bool { return a != nil })
}

// allAnswer reports whether every configured nameserver answers for the host, for both
// address families.
func (f *facts) allAnswer(host string) bool {
	return len(f.configured) > 0 && every(f.configured, func(s *server) bool {
		return s.outcome(host).decisive() && every(s.both(host), func(a *observation.Answer) bool { return answerOutcome(a, s.class) != outcomeSilent })
	})
}

// someAnswer reports whether a configured nameserver answers for the host.
func (f *facts) someAnswer(host string) bool {
	return slices.ContainsFunc(f.configured, func(s *server) bool { return s.outcome(host).decisive() })
}
