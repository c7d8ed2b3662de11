package diagnose

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// completes makes the system take targets for names in a search domain, where another
// name has the address.
func (w *world) completes(to string, names ...string) {
	r := &w.Node.Resolver
	r.Search, r.Ndots, r.Options = []string{"corp.example"}, new(5), []observation.FileLine{{Line: 3, Text: "options ndots:5"}}
	for _, name := range names {
		w.system(name, to)
		w.at(name).Addresses = []observation.AddressObservation{{Address: netip.MustParseAddr(to), From: []string{"system"}}}
		s := w.ask(vpcPlus2)
		s.Searched = append(s.Searched, observation.Answer{Name: w.planned(name).Host + ".corp.example", Type: "A", Rcode: "NOERROR", Addresses: addrs(to), Elapsed: ms})
	}
	w.silent(names...)
}

// overTCP makes this system use TCP only, and the nameserver answer over UDP only.
func (w *world) overTCP() {
	w.Node.Resolver.UseTCP, w.Node.Resolver.Options = true, []observation.FileLine{{Line: 2, Text: "options use-vc"}}
	w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
	s := w.ask(vpcPlus2)
	for i := range s.Answers {
		s.Answers[i].Transport = "tcp"
	}
	s.OverUDP = &observation.Answer{Name: hostSSM, Type: "A", Rcode: "NOERROR", Transport: "udp", Addresses: addrs(privateOf(0)...), Elapsed: ms}
	w.unresolved(observation.KindTimeout, allNames...)
}

// onlyFiles makes the system look names up in the hosts file only.
func (w *world) onlyFiles() {
	w.Node.Resolver.Order = observation.LookupOrder{Path: "/etc/nsswitch.conf", Sources: []string{"files"}, At: observation.FileLine{Line: 12, Text: "hosts: files"}}
}

// looksUpAgain makes the system's lookups fail first, and in each of the tries if last
// is a failure.
func (w *world) looksUpAgain(last observation.Kind, names ...string) {
	for i := range w.System {
		l := &w.System[i]
		for _, name := range names {
			if sameName(l.Host, w.planned(name).Host) {
				l.First, l.Tries = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindTimeout}, 3
				if last != "" {
					l.Addresses, l.Failure = nil, &observation.Failure{Op: observation.OpLookup, Kind: last}
				}
			}
		}
	}
}

func resolverTests() []verdictTest {
	unchecked := func(w *world, server, name string, to ...string) {
		w.ask(server).Unchecked = append(w.ask(server).Unchecked, observation.Answer{Name: w.planned(name).Host, Type: "A", Rcode: "NOERROR", Addresses: addrs(to...), Elapsed: ms})
	}
	return []verdictTest{
		{name: "the system's lookup passes when it is repeated", status: 0, want: []string{"warning intermittent ssm"}, change: func(w *world) {
			w.looksUpAgain("", "ssm")
		}},
		{name: "the system's lookup fails in every try, and the nameserver answers each question", status: 1, want: []string{"error unexplained ssm"}, change: func(w *world) {
			w.looksUpAgain(observation.KindTimeout, "ssm")
		}},
		{name: "this system asks over TCP, which is blocked", status: 1, want: []string{"error dns-tcp-blocked " + asked5}, change: func(w *world) { w.overTCP() }},
		{name: "this system asks over TCP, and the nameserver is silent over both", status: 1, want: []string{"error dns-server-silent " + asked5}, change: func(w *world) {
			w.overTCP()
			w.ask(vpcPlus2).OverUDP = &observation.Answer{Name: hostSSM, Type: "A", Transport: "udp", Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindTimeout}}
		}},
		{name: "SERVFAIL for one name", status: 1, want: []string{"error dns-name-fails ssmmessages"}, change: func(w *world) {
			w.hybrid()
			w.fails(vpcPlus2, "ssmmessages", observation.KindServFail)
			w.unresolved(observation.KindOther, "ssmmessages")
		}},
		{name: "SERVFAIL for one name of P, private addresses for the others", status: 1, want: []string{"error dns-name-fails ssmmessages"}, change: func(w *world) {
			forwards(w)
			w.fails(ownServer, "ssmmessages", observation.KindServFail)
			w.unresolved(observation.KindOther, "ssmmessages")
		}},
		{name: "SERVFAIL for all of P, and the addresses are there with checking disabled", status: 1, want: []string{"error dns-name-fails " + apis3}, change: func(w *world) {
			forwards(w)
			for i, name := range allAPIs {
				w.fails(ownServer, name, observation.KindServFail)
				unchecked(w, ownServer, name, privateOf(i)...)
			}
			w.unresolved(observation.KindOther, allAPIs...)
		}},
		{name: "the second of two nameservers refuses one name", status: 0, want: []string{"warning dns-name-fails ssm"}, change: func(w *world) {
			w.secondServer(ownServer)
			w.fails(ownServer, "ssm", observation.KindDNSRefused)
		}},
		{name: "SERVFAIL for a name that nobody asked for", status: 0, want: []string{"info dns-name-fails kms"}, change: func(w *world) {
			w.fails(vpcPlus2, "kms", observation.KindServFail)
			w.unresolved(observation.KindOther, "kms")
		}},
		{name: "a wildcard of the search domain answers in every name's place", status: 1, want: []string{"error dns-search-list " + asked5}, change: func(w *world) {
			w.completes("10.0.9.80", allNames...)
		}},
		{name: "a wildcard of the search domain leads to a public address", status: 1, want: []string{"error dns-search-list " + asked5}, change: func(w *world) {
			w.hybrid()
			w.completes("203.0.113.80", allNames...)
		}},
		{name: "a completed name answers, and the name itself does not exist", status: 1, want: []string{"error dns-name-missing ssm"}, change: func(w *world) {
			w.hybrid()
			w.completes("10.9.9.80", "ssm")
			w.fails(vpcPlus2, "ssm", observation.KindNXDomain)
		}},
		{name: "a completed name leads to AWS as well", status: 0, change: func(w *world) {
			w.completes("10.0.1.101", "ssm")
			w.leads("ssm", privateOf(0)...)
		}},
		{name: "nsswitch.conf has the hosts file alone", status: 1, want: []string{"error dns-no-nameserver " + asked5}, change: func(w *world) {
			w.onlyFiles()
			for _, name := range allNames {
				w.systemFails(name, observation.KindNXDomain)
			}
		}},
		{name: "nsswitch.conf has the hosts file alone, and a silent nameserver is not asked", status: 1, want: []string{"error dns-no-nameserver " + asked5}, change: func(w *world) {
			w.onlyFiles()
			w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
			for _, name := range allNames {
				w.systemFails(name, observation.KindNXDomain)
			}
		}},
		{name: "nsswitch.conf has the hosts file alone, and other nameservers were given", status: 0, change: func(w *world) {
			w.onlyFiles()
			w.ask(vpcPlus2).Given = true
		}},
		{name: "rotate: the system's lookup met the second nameserver, and the first gives private addresses", status: 0, want: []string{"warning dns-resolvers-disagree ssm"}, change: func(w *world) {
			w.Node.Resolver.Rotate = true
			w.secondServer(ownServer)
			w.says(ownServer, "ssm", publicOf(0)...)
			w.system("ssm", publicOf(0)...)
		}},
		{name: "rotate: so did the lookup of an optional name, and only its public address was tried", status: 0, want: []string{"warning dns-resolvers-disagree ssm"}, change: func(w *world) {
			w.Node.Resolver.Rotate = true
			w.secondServer(ownServer)
			w.leads("kms", publicOf(3)...)
			w.says(vpcPlus2, "kms", privateOf(3)...)
			w.says(ownServer, "ssm", publicOf(0)...)
			w.system("ssm", publicOf(0)...)
		}},
		{name: "private addresses are asked for, a forwarder is missing, the agent's version is not known, and NAT carries it", status: 1,
			want: []string{"error dns-forwarder-missing " + apis3}, change: func(w *world) {
				w.Plan.Expect, w.Node.Agent.Version = observation.ExpectPrivate, ""
				forwards(w)
				for i, name := range allAPIs {
					w.leads(name, publicOf(i)...)
				}
			}},
	}
}
