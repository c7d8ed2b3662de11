package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// designTests are networks that work and look broken, and faults that look
// like others.
func designTests() []verdictTest {
	return slices.Concat(designPathTests(), designNameTests(), designProxyTests())
}

func designPathTests() []verdictTest {
	return []verdictTest{
		{name: "a firewall lets nothing pass but what is asked for", status: 0, want: []string{"info egress-blocked kms,logs"}, change: func(w *world) {
			w.public()
			w.silent("kms", "logs")
		}},
		{name: "S3 is blocked, and of the APIs those that nobody asked for: S3 is no consequence of them", status: 1,
			want: []string{"error s3-blocked s3," + nameBucket, "info egress-blocked kms,logs"}, change: func(w *world) {
				w.public()
				w.silent("kms", "logs", "s3", nameBucket)
			}},
		{name: "S3 is blocked with one API that is asked for", status: 1, want: []string{"error egress-blocked ssmmessages,s3," + nameBucket}, change: func(w *world) {
			w.public()
			w.silent("ssmmessages", "s3", nameBucket)
		}},
		{name: "one address refuses and the other one is silent: one cause", status: 1, want: []string{"error connection-refused ssm"}, change: func(w *world) {
			w.silent("ssm")
			connectFails(&w.at("ssm").Addresses[0], observation.KindConnectionRefused, 2*ms)
		}},
		{name: "a refusal that was measured late, and its repeat that was not: this node's own", status: 1, want: []string{"error local-firewall ssm"}, change: func(w *world) {
			w.connects(observation.KindConnectionRefused, 900*ms/1000, "ssm")
			w.repeats(100*ms/1000, "ssm")
		}},
		{name: "a refusal from over there, and its repeats too", status: 1, want: []string{"error connection-refused ssm"}, change: func(w *world) {
			w.connects(observation.KindConnectionRefused, 2*ms, "ssm")
			w.repeats(900*ms/1000, "ssm")
		}},
		{name: "the repeat of the large ClientHello was cut off by the end: a lost packet is not ruled out", status: 0, change: func(w *world) {
			w.LargeHello = []observation.Experiment{
				w.large(observation.ExperimentLargeHello, observation.KindTimeout), w.large(observation.ExperimentRepeat, observation.KindUndecided),
				w.large(observation.ExperimentLargeHelloSmallSegments, observation.KindUndecided),
			}
		}},
		{name: "metadata answers, and one of its answers is lost", status: 0, change: func(w *world) {
			w.Metadata.InstanceID = ""
			w.Metadata.Failure = &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindTimeout}
		}},
	}
}

// repeats adds a repeat to every address of the targets that is refused too.
func (w *world) repeats(took observation.Elapsed, names ...string) {
	w.each(func(a *observation.AddressObservation) {
		again := observation.AddressObservation{}
		connectFails(&again, observation.KindConnectionRefused, took)
		a.Experiments = append(a.Experiments, observation.Experiment{Kind: observation.ExperimentRepeat, Result: again.Stages})
	}, names...)
}

// large is the experiment with the large ClientHello at ssm's first address.
func (w *world) large(kind observation.ExperimentKind, failed observation.Kind) observation.Experiment {
	return observation.Experiment{Kind: kind, Target: "ssm", Address: netip.MustParseAddr("10.0.1.101"), Result: observation.Stages{
		Connect:   &observation.Connect{Elapsed: ms},
		Handshake: &observation.Handshake{Elapsed: 1000 * ms, Failure: &observation.Failure{Op: observation.OpHandshake, Kind: failed}},
	}}
}

// slowAAAA makes a nameserver's answers to AAAA queries late, optionally with a failure
// of the kind.
func (w *world) slowAAAA(server string, took observation.Elapsed, sent int, kind observation.Kind, names ...string) {
	s := w.ask(server)
	for i := range s.Answers {
		a := &s.Answers[i]
		if a.Type != "AAAA" || !slices.ContainsFunc(names, func(n string) bool { return w.planned(n).Host == a.Name }) {
			continue
		}
		a.Elapsed, a.Sent = took, sent
		if kind != "" {
			a.Rcode, a.Failure = "", &observation.Failure{Op: observation.OpLookup, Kind: kind}
		}
	}
}

func designNameTests() []verdictTest {
	return []verdictTest{
		{name: "one name of P gets no answer, and the nameserver answers for the others", status: 1, want: []string{"error dns-name-fails ssmmessages"}, change: func(w *world) {
			forwards(w)
			w.fails(ownServer, "ssmmessages", observation.KindTimeout)
			w.unresolved(observation.KindTimeout, "ssmmessages")
		}},
		{name: "one question of one nameserver got lost, and the system's did not", status: 0, change: func(w *world) {
			w.fails(vpcPlus2, "ssmmessages", observation.KindTimeout)
		}},
		{name: "AAAA questions get no answer: lookups wait for it", status: 0, want: []string{"warning dns-slow " + asked5}, change: func(w *world) {
			w.slowAAAA(vpcPlus2, 3000*ms, 2, observation.KindTimeout, allNames...)
			for _, name := range allNames {
				w.systemFails(name, observation.KindTimeout)
			}
		}},
		{name: "AAAA answers are slow", status: 0, want: []string{"warning dns-slow " + asked5}, change: func(w *world) {
			w.slowAAAA(vpcPlus2, 2000*ms, 2, "", allNames...)
		}},
		{name: "AAAA answers come when asked again: lost packets", status: 0, change: func(w *world) {
			w.slowAAAA(vpcPlus2, 1004*ms, 2, "", allNames...)
		}},
		{name: "S3 has several targets, and is one name: slow once is a lost packet", status: 0, change: func(w *world) {
			w.slowAAAA(vpcPlus2, 2000*ms, 2, "", "s3")
		}},
		{name: "AAAA questions get SERVFAIL", status: 0, change: func(w *world) {
			s := w.ask(vpcPlus2)
			for i := range s.Answers {
				if a := &s.Answers[i]; a.Type == "AAAA" {
					a.Rcode, a.Failure = "SERVFAIL", &observation.Failure{Op: observation.OpLookup, Kind: observation.KindServFail}
				}
			}
		}},
		{name: "private is asked for, and the hosts file pins the public address that DNS gives", status: 1, want: []string{"error endpoint-not-private ssm"}, change: func(w *world) {
			w.Plan.Expect = observation.ExpectPrivate
			w.resolves("ssm", publicOf(0)...)
			w.Node.Hosts.Entries = []observation.HostsEntry{{Name: hostSSM, Address: addrs(publicOf(0)...)[0], Line: 3}}
			w.system("ssm", publicOf(0)[0])
		}},
		{name: "a name has an endpoint's address, and beside it one that is nobody's", status: 0, want: []string{"warning dns-sinkhole ssm"}, change: func(w *world) {
			w.leads("ssm", "10.0.1.101", "::")
			connectFails(&w.at("ssm").Addresses[1], observation.KindConnectionRefused, 50*ms/1000)
		}},
		{name: "a program on this node carries the name's loopback address to AWS", status: 0, change: func(w *world) {
			w.public()
			w.resolves("kms", "127.0.0.1")
		}},
	}
}

// kernel are the experiments about the path to a proxy: what connecting a UDP
// socket, and what sending a datagram, failed with ("": neither).
func kernel(connect, send observation.Kind) []observation.Experiment {
	try := func(kind observation.ExperimentKind, failed observation.Kind) observation.Experiment {
		e := observation.Experiment{Kind: kind, Result: observation.Stages{Connect: &observation.Connect{}}}
		if failed != "" {
			e.Result.Connect.Failure = &observation.Failure{Op: observation.OpConnect, Kind: failed}
		}
		return e
	}
	return []observation.Experiment{try(observation.ExperimentUDPConnect, connect), try(observation.ExperimentUDPSend, send)}
}

// noProxy makes every connection to the proxy fail.
func noProxy(kind observation.Kind, took observation.Elapsed, es []observation.Experiment) func(*world) {
	return func(w *world) {
		w.through("http://10.9.0.8:3128", func(_ string, p *observation.ProxyObservation) {
			p.Connect = &observation.Connect{Elapsed: took, Failure: &observation.Failure{Op: observation.OpConnect, Kind: kind}}
			p.Tunnel, p.Inside, p.WebSocket, p.Experiments = nil, observation.Stages{}, nil, es
		})
	}
}

func designProxyTests() []verdictTest {
	return []verdictTest{
		{name: "a route prohibits the proxy's address", status: 1, want: []string{"error route-none " + asked5},
			change: noProxy(observation.KindProhibited, ms/10, kernel(observation.KindProhibited, ""))},
		{name: "a route to the proxy is unreachable", status: 1, want: []string{"error route-none " + asked5},
			change: noProxy(observation.KindHostUnreachable, ms/10, kernel(observation.KindHostUnreachable, ""))},
		{name: "ICMP says that the proxy's network cannot be reached: the routing table has a way", status: 1, want: []string{"error proxy-unreachable " + asked5},
			change: noProxy(observation.KindNoRoute, 5*ms, kernel("", ""))},
		{name: "this node's packet filter drops what goes to the proxy", status: 1, want: []string{"error local-firewall " + asked5},
			change: noProxy(observation.KindTimeout, 3000*ms, kernel("", observation.KindNotPermitted))},
		{name: "this node's packet filter refuses connections to the proxy", status: 1, want: []string{"error local-firewall " + asked5},
			change: noProxy(observation.KindNotPermitted, ms/10, kernel("", observation.KindNotPermitted))},
		{name: "the proxy is silent, and this node lets packets out", status: 1, want: []string{"error proxy-unreachable " + asked5},
			change: noProxy(observation.KindTimeout, 3000*ms, kernel("", ""))},
		{name: "nobody listens at a proxy on this node", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			noProxy(observation.KindConnectionRefused, ms/20, kernel("", ""))(w)
			for i := range w.Targets {
				w.Targets[i].Proxy.Address = netip.MustParseAddrPort("127.0.0.1:3128")
			}
		}},
	}
}
