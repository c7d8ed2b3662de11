package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestNamed: a finding names the thing itself, not what kind of thing it is.
func TestNamed(t *testing.T) {
	refused := func(w *world, at string) {
		s := w.ask(at)
		for i := range s.Answers {
			s.Answers[i] = observation.Answer{Name: s.Answers[i].Name, Type: s.Answers[i].Type, Transport: "udp", Elapsed: ms, Failure: &observation.Failure{Kind: observation.KindConnectionRefused}}
		}
	}
	for _, test := range []struct {
		name        string
		change      func(w *world)
		code        Code
		says, never []string
	}{
		{name: "a closed port of UDP refuses nothing", code: DNSServerSilent, change: func(w *world) { refused(w, vpcPlus2) },
			says: []string{"port 53 closed (ICMP port unreachable)"}, never: []string{": refused"}},
		{name: "the line of resolv.conf and its text", code: DNSNoNameserver, change: func(w *world) {
			w.Servers = nil
			w.Node.Resolver.Servers = nil
			w.Node.Resolver.Unusable = []observation.FileLine{{Line: 3, Text: "nameserver 10.0.0.2,169.254.169.253"}}
			for i := range w.System {
				w.System[i].Addresses, w.System[i].Failure = nil, &observation.Failure{Kind: observation.KindConnectionRefused}
			}
			w.Targets = nil
		}, says: []string{`line 3 of /etc/resolv.conf, "nameserver 10.0.0.2,169.254.169.253"`}},
		{name: "the CA that is not trusted", code: TLSUntrusted, change: func(w *world) {
			w.certificate(func(h *observation.Handshake) { h.Verified, h.Trusted = false, false }, allNames...)
		}, says: []string{`this node does not trust the CA "Amazon RSA 2048 M02"`}},
		{name: "every address behind an MTU hole", code: MTUBlackHole, change: func(w *world) {
			w.shakes(observation.KindTimeout, "ssm")
			w.each(func(a *observation.AddressObservation) {
				a.Experiments = append(a.Experiments, observation.Experiment{Kind: observation.ExperimentSmallSegments, Result: observation.Stages{Handshake: &observation.Handshake{Version: "TLS 1.3", Verified: true}}})
			}, "ssm")
		}, says: []string{"ssm (10.0.1.101 and 10.0.3.101)"}},
		{name: "no default route", code: RouteNone, change: func(w *world) {
			w.Node.Interfaces = []observation.Interface{{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}}}
			w.connects(observation.KindNoRoute, 0, allNames...)
			w.each(func(a *observation.AddressObservation) {
				a.Experiments = []observation.Experiment{{Kind: observation.ExperimentUDPConnect, Result: observation.Stages{Connect: &observation.Connect{Failure: &observation.Failure{Kind: observation.KindNoRoute}}}}}
			}, allNames...)
		}, says: []string{"this node has no default route", "10.0.2.0/24 by eth0"}},
		{name: "no default route to the nameserver", code: RouteNone, change: func(w *world) {
			w.Node.Interfaces = []observation.Interface{{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}}}
			noRouteToNameserver(w)
		}, says: []string{"this node has no default route", "no route to the nameserver 10.0.0.2", "before any packet was sent"}},
		{name: "no route to the nameserver", code: RouteNone, change: func(w *world) {
			w.Node.Interfaces = []observation.Interface{{Name: "eth0", DefaultIPv4: true, Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}}}
			noRouteToNameserver(w)
		}, says: []string{"this node has no route to the nameserver 10.0.0.2"}, never: []string{"no default route"}},
		{name: "a default route by another interface", code: RouteNone, change: func(w *world) {
			w.Node.Interfaces = []observation.Interface{{Name: "eth0", DefaultIPv4: true, Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}}}
			w.connects(observation.KindNoRoute, 0, allNames...)
			w.each(func(a *observation.AddressObservation) {
				a.Experiments = []observation.Experiment{{Kind: observation.ExperimentUDPConnect, Result: observation.Stages{Connect: &observation.Connect{Failure: &observation.Failure{Kind: observation.KindNoRoute}}}}}
			}, allNames...)
		}, says: []string{"this node has no route to 10.0.1.101"}, never: []string{"no default route"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			text, found := "", false
			for _, f := range Judge(w.Observations).Findings {
				if f.Code == test.code {
					found = true
					text += strings.Join(append(append([]string{f.Title}, f.Evidence...), f.Fix...), "\n")
				}
			}
			if !found && test.says != nil {
				t.Fatalf("no %s in %q", test.code, told1(Judge(w.Observations)))
			}
			for _, words := range test.says {
				if !strings.Contains(text, words) {
					t.Errorf("%q stands nowhere in:\n%s", words, text)
				}
			}
			for _, words := range test.never {
				if strings.Contains(text, words) {
					t.Errorf("%q stands in:\n%s", words, text)
				}
			}
		})
	}
}

func noRouteToNameserver(w *world) {
	w.failsAll("10.0.0.2", observation.KindNoRoute, "")
	w.ask("10.0.0.2").ControlQuery = nil
	w.ask("10.0.0.2").Route = &observation.Failure{Op: observation.OpConnect, Kind: observation.KindNoRoute}
	w.unresolved(observation.KindTimeout, allNames...)
}

// What matters comes first: the step that costs nothing, what passed before what failed,
// and what failed if nothing explains it.
func TestFirst(t *testing.T) {
	w := healthy()
	w.Node.Agent = observation.Agent{Installed: observation.No}
	w.silent("ec2messages")
	if f := Judge(w.Observations).Findings[0]; !strings.Contains(f.Fix[0], "install agent 3.3.40.0") || strings.HasPrefix(f.Fix[0], "or ") {
		t.Errorf("the first step: %q", f.Fix)
	}
	if e := judged(t, "the agent sends the large hello, and it is swallowed", nil).Findings[0].Evidence; !strings.Contains(e[1], "large") || !strings.Contains(e[2], "small ClientHello: it passes") {
		t.Errorf("what passed is not beside what failed: %q", e)
	}
	w = healthy()
	w.shakes(observation.KindOther, "ssm")
	if f := Judge(w.Observations).Findings[0]; f.Code != Unexplained || !strings.Contains(f.Evidence[0], "in the TLS handshake") {
		t.Errorf("%s: what failed is not first: %q", f.Code, f.Evidence)
	}
}

// TestAnswersAll: next to a silent nameserver, the one that answers is named.
func TestAnswersAll(t *testing.T) {
	w := healthy()
	w.server("10.0.0.9", observation.RoleConfigured)
	w.failsAll("10.0.0.9", observation.KindTimeout, observation.KindTimeout)
	f := Judge(w.Observations).Findings[0]
	if text := strings.Join(f.Evidence, "\n"); f.Code != DNSServerSilent || !strings.Contains(text, "10.0.0.2 answers every query") || strings.Contains(text, "10.0.0.9 and") {
		t.Errorf("%s: %s", f.Code, text)
	}
}
