package diagnose

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// passesAgain makes the first attempt of targets through the proxy fail, and
// the repeat pass.
func passesAgain(fail func(string, *observation.ProxyObservation), names ...string) func(string, *observation.ProxyObservation) {
	return func(name string, p *observation.ProxyObservation) {
		if !slices.Contains(names, name) {
			return
		}
		again := observation.Experiment{
			Kind:   observation.ExperimentRepeat,
			Proxy:  &observation.ProxyOpening{Lookup: p.Lookup, Address: p.Address, Tunnel: p.Tunnel},
			Result: observation.Stages{Connect: p.Connect, Handshake: p.Inside.Handshake, Reply: p.Inside.Reply},
		}
		tunnel := *p.Tunnel
		p.Tunnel = &tunnel
		socket := p.WebSocket
		fail(name, p)
		p.WebSocket, p.Experiments = socket, append(p.Experiments, again)
	}
}

// failsAt makes one stage of the path through a proxy fail.
func failsAt(f *observation.Failure) func(string, *observation.ProxyObservation) {
	return func(_ string, p *observation.ProxyObservation) {
		inside := p.Inside
		p.Inside = observation.Stages{}
		switch f.Op {
		case observation.OpLookup:
			p.Lookup = &observation.SystemLookup{Host: "proxy.example.com", Failure: f}
			p.Connect, p.Tunnel = &observation.Connect{Failure: f}, nil
		case observation.OpConnect:
			p.Connect, p.Tunnel = &observation.Connect{Failure: f}, nil
		case observation.OpProxy:
			p.Tunnel.Status, p.Tunnel.Failure = 0, f
		case observation.OpHandshake:
			p.Inside.Handshake = &observation.Handshake{Failure: f}
		case observation.OpReply:
			p.Inside = observation.Stages{Handshake: inside.Handshake, Reply: &observation.Reply{Request: "GET /", Failure: f}}
		}
	}
}

func intermittentTests() []verdictTest {
	through := func(change func(string, *observation.ProxyObservation)) func(*world) {
		return func(w *world) {
			w.hybrid()
			w.through(proxyAt, change)
		}
	}
	warns := []string{"warning intermittent ssm"}
	tests := []verdictTest{
		{name: "the proxy refuses the first request for each of all", status: 0, want: []string{"warning intermittent " + asked5},
			change: through(passesAgain(refuses(503), "ssm", "ssmmessages", "ec2messages", "s3", nameBucket))},
		{name: "the proxy's first refusal is another than that of the repeat", status: 1, want: []string{"error proxy-denied ssm"},
			change: through(func(name string, p *observation.ProxyObservation) {
				passesAgain(refuses(503), "ssm")(name, p)
				if name == "ssm" {
					p.Experiments[0].Proxy.Tunnel = &observation.Reply{Status: 407, Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}}
					p.Experiments[0].Result = observation.Stages{Connect: p.Connect}
				}
			})},
		{name: "the proxy serves the repeat, and TLS is cut inside", status: 1, want: []string{"error tls-reset ssm", "warning intermittent ssm"},
			change: through(func(name string, p *observation.ProxyObservation) {
				passesAgain(refuses(503), "ssm")(name, p)
				if name == "ssm" {
					r := &p.Experiments[0].Result
					r.Handshake, r.Reply = &observation.Handshake{Failure: &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindReset}}, nil
				}
			})},
		{name: "the WebSocket is cut once through the proxy", status: 0, want: []string{"warning intermittent ssmmessages"},
			change: through(func(_ string, p *observation.ProxyObservation) {
				if s := p.WebSocket; s != nil {
					good := s.Stages
					good.Connect = p.Connect
					s.Experiments = []observation.Experiment{{Kind: observation.ExperimentRepeat, Proxy: &observation.ProxyOpening{Address: p.Address, Tunnel: p.Tunnel}, Result: good}}
					s.Reply = &observation.Reply{Failure: &observation.Failure{Op: observation.OpReply, Kind: observation.KindClosed}}
				}
			})},
		{name: "a box that opens TLS cuts the WebSocket once", status: 0, want: []string{"warning intermittent ssmmessages", "warning tls-intercepted ssmmessages"}, change: func(w *world) {
			w.each(func(a *observation.AddressObservation) {
				byBox(true)(a.Handshake)
				byBox(true)(a.WebSocket.Handshake)
				good := a.WebSocket.Stages
				a.WebSocket.Experiments = []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: good}}
				a.WebSocket.Reply = &observation.Reply{Failure: &observation.Failure{Op: observation.OpReply, Kind: observation.KindClosed}}
			}, "ssmmessages")
		}},
		{name: "a box answers 503 once", status: 0, want: []string{"warning intermittent ssm"}, change: func(w *world) {
			w.each(func(a *observation.AddressObservation) {
				a.Experiments = []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: a.Stages}}
				a.Reply = &observation.Reply{Request: "GET /", Status: 503}
			}, "ssm")
		}},
	}
	for _, status := range []int{407, 502, 503, 504} {
		tests = append(tests, verdictTest{name: "the proxy answers once with " + strconv.Itoa(status), status: 0, want: warns, change: through(passesAgain(refuses(status), "ssm"))})
	}
	for _, f := range []observation.Failure{
		{Op: observation.OpLookup, Kind: observation.KindNXDomain}, {Op: observation.OpConnect, Kind: observation.KindTimeout}, {Op: observation.OpConnect, Kind: observation.KindConnectionRefused},
		{Op: observation.OpProxy, Kind: observation.KindReset}, {Op: observation.OpProxy, Kind: observation.KindTimeout}, {Op: observation.OpProxy, Kind: observation.KindMalformed},
		{Op: observation.OpHandshake, Kind: observation.KindReset}, {Op: observation.OpReply, Kind: observation.KindClosed},
	} {
		tests = append(tests, verdictTest{name: "once through the proxy: " + string(f.Op) + " " + string(f.Kind), status: 0, want: warns, change: through(passesAgain(failsAt(&f), "ssm"))})
	}
	return tests
}

// TestIntermittentProxyIsNamed: the finding says which proxy it was, what it
// answered, and that the repeat passed.
func TestIntermittentProxyIsNamed(t *testing.T) {
	for _, status := range []int{407, 502, 503, 504} {
		r := judged(t, "the proxy answers once with "+strconv.Itoa(status), nil)
		f := r.Findings[0]
		all := strings.Join(slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix), "\n")
		for _, want := range []string{"proxy.example.com:3128", "answered with status " + strconv.Itoa(status), "passed when retried", "-x http://proxy.example.com:3128", "find out from the proxy's log"} {
			if !strings.Contains(all, want) {
				t.Errorf("%d: nothing of %q in\n%s", status, want, all)
			}
		}
	}
}

// TestRepeatThatTheProxyRefuses: that a connection was made is not a pass.
func TestRepeatThatTheProxyRefuses(t *testing.T) {
	w := healthy()
	w.hybrid()
	w.through(proxyAt, func(name string, p *observation.ProxyObservation) {
		if name == "ssm" {
			failsAt(&observation.Failure{Op: observation.OpHandshake, Kind: observation.KindReset})(name, p)
			p.Experiments = []observation.Experiment{{
				Kind: observation.ExperimentRepeat, Result: observation.Stages{Connect: p.Connect},
				Proxy: &observation.ProxyOpening{Address: p.Address, Tunnel: &observation.Reply{Request: "CONNECT x:443", Status: 503, Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus}}},
			}}
		}
	})
	f := Judge(w.Observations).Findings[0]
	if text := strings.Join(f.Evidence, "\n"); f.Code != TLSReset || !strings.Contains(text, "answered with status 503") || strings.Contains(text, "it passes") {
		t.Errorf("%s:\n%s", f.Code, text)
	}
}

// TestSignedCallThatPassedTheSecondTime: it is reported like any other attempt.
func TestSignedCallThatPassedTheSecondTime(t *testing.T) {
	w := healthy()
	w.Credentials = observation.Credentials{Asked: true, Found: observation.Yes, From: "the environment"}
	w.Signed = []observation.SignedCall{{
		PlannedCall: observation.PlannedCall{Target: "ssm", Action: "ssm:DescribeDocument", Resource: "AWS-RunShellScript"},
		Status:      200, First: &observation.Failure{Op: observation.OpReply, Kind: observation.KindStatus, Text: "503 Service Unavailable"},
	}}
	r := Judge(w.Observations)
	if len(r.Findings) != 1 || r.Findings[0].Code != Intermittent || !strings.Contains(strings.Join(r.Findings[0].Evidence, "\n"), "503") {
		t.Errorf("findings %+v, want intermittent with its status", r.Findings)
	}
}
