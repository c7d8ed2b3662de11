package diagnose

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// sends makes the agent one that sends this ClientHello.
func (w *world) sends(size observation.HelloSize, key string) {
	w.Node.Agent.Hello = observation.AgentHello{Size: size, From: "/usr/bin/amazon-ssm-agent: built with go1.25.13", GoVersion: "go1.25.13", Switch: key}
}

// largeFails lets the large ClientHello fail at the targets, and the small one
// pass: standing in for it, or as an experiment. segments is how it goes in
// small segments; empty: it passes.
func (w *world) largeFails(failed, segments observation.Kind, standsIn bool, names ...string) {
	w.shakes(failed, names...)
	w.tries(observation.ExperimentRepeat, failed, names...)
	w.tries(observation.ExperimentNoServerName, failed, names...)
	w.tries(observation.ExperimentSmallSegments, segments, names...)
	for _, name := range names {
		w.each(func(a *observation.AddressObservation) {
			a.Handshake.Large = true
			small := observation.Experiment{Kind: observation.ExperimentSmallHello, StandsIn: standsIn, Result: w.proven(name)}
			if !standsIn {
				small.Result.Reply = nil
			}
			a.Experiments = append(a.Experiments, small)
			if w.planned(name).WebSocket {
				a.WebSocket = &observation.WebSocket{Stages: a.Stages}
				if standsIn {
					a.WebSocket.Experiments = []observation.Experiment{{Kind: observation.ExperimentSmallHello, StandsIn: true, Result: w.proven(name)}}
				}
			}
		}, name)
	}
}

// newest lets AWS name a version of the agent as the newest.
func (w *world) newest(body string) {
	w.each(func(a *observation.AddressObservation) { a.Reply.Status, a.Reply.Body = http.StatusOK, body }, nameBucket)
}

// helloTests are those that depend on the size of the agent's ClientHello, and so on its
// version.
func helloTests() []verdictTest {
	return []verdictTest{
		{name: "the agent sends the large hello, and it is cut", status: 1, want: []string{"error large-hello-blocked ssm"}, change: func(w *world) {
			w.sends(observation.HelloLarge, observation.SwitchMLKEM)
			w.largeFails(observation.KindReset, observation.KindReset, false, "ssm")
		}},
		{name: "the agent sends the large hello, and it is swallowed", status: 1, want: []string{"error large-hello-blocked ssm,ssmmessages"}, change: func(w *world) {
			w.sends(observation.HelloLarge, observation.SwitchKyber)
			w.Node.Agent.Hello.GODEBUG = "netdns=go"
			w.largeFails(observation.KindTimeout, observation.KindTimeout, false, "ssm", "ssmmessages")
		}},
		{name: "the agent may send the large hello, and only the small one passes", status: 0, want: []string{"warning large-hello-blocked ssm,ssmmessages"}, change: func(w *world) {
			w.sends("", "")
			w.largeFails(observation.KindTimeout, observation.KindTimeout, true, "ssm", "ssmmessages")
		}},
		{name: "the agent sends the large hello, and large packets towards AWS are lost", status: 1, want: []string{"error mtu-black-hole ssm"}, change: func(w *world) {
			w.sends(observation.HelloLarge, observation.SwitchMLKEM)
			w.largeFails(observation.KindTimeout, "", false, "ssm")
		}},
		{name: "the agent may send the large hello, and large packets towards AWS are lost", status: 0, want: []string{"warning mtu-black-hole ssm"}, change: func(w *world) {
			w.sends("", "")
			w.largeFails(observation.KindTimeout, "", true, "ssm")
		}},
		{name: "the large hello was lost once", status: 0, want: []string{"warning intermittent ssm"}, change: func(w *world) {
			w.sends(observation.HelloLarge, observation.SwitchMLKEM)
			w.largeFails(observation.KindTimeout, "", false, "ssm")
			w.each(func(a *observation.AddressObservation) {
				a.Experiments[0].Result = w.proven("ssm")
			}, "ssm")
		}},
		{name: "neither hello passes", status: 1, want: []string{"error tls-reset ssm"}, change: func(w *world) {
			w.sends("", "")
			w.largeFails(observation.KindReset, observation.KindReset, true, "ssm")
			w.each(func(a *observation.AddressObservation) {
				small := &a.Experiments[len(a.Experiments)-1].Result
				small.Reply, small.Handshake = nil, &observation.Handshake{Failure: &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindReset}}
			}, "ssm")
		}},
		{name: "a large hello that names no host passes: it is not the size", status: 1, want: []string{"error tls-reset ssm"}, change: func(w *world) {
			w.sends(observation.HelloLarge, observation.SwitchMLKEM)
			w.largeFails(observation.KindReset, observation.KindReset, false, "ssm")
			w.each(func(a *observation.AddressObservation) { a.Experiments[1].Result.Handshake = w.shaken("ssm") }, "ssm")
		}},
		{name: "large hellos got no answer at ssm, and passed elsewhere on the same path", status: 0, want: []string{"warning intermittent ssm"}, change: func(w *world) {
			w.sends("", "")
			w.largeFails(observation.KindTimeout, observation.KindTimeout, true, "ssm")
			w.each(func(a *observation.AddressObservation) { a.Handshake.Large = true }, "ssmmessages")
		}},
		{name: "no agent is there, and only the small hello passes through the proxy", status: 0, want: []string{"warning large-hello-blocked ssm", "info agent-missing"}, change: func(w *world) {
			w.sends("", "")
			w.Node.Agent = observation.Agent{Installed: observation.No}
			w.through(proxyAt, func(name string, p *observation.ProxyObservation) {
				if name != "ssm" {
					return
				}
				small := p.Inside
				small.Connect = p.Connect
				p.Inside = observation.Stages{Handshake: &observation.Handshake{Large: true, Failure: &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindClosed}}}
				p.Experiments = []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: p.Inside}, {Kind: observation.ExperimentSmallHello, StandsIn: true, Result: small, Proxy: &observation.ProxyOpening{Address: p.Address, Tunnel: p.Tunnel}}}
			})
		}},
		{name: "a newer agent is there", status: 0, want: []string{"info agent-outdated"}, change: func(w *world) { w.newest("3.3.5226.0\n") }},
		{name: "the agent is the newest", status: 0, change: func(w *world) { w.newest("3.3.1142.0") }},
		{name: "the agent is newer than the Region's", status: 0, change: func(w *world) { w.newest("3.3.987.0\n") }},
		{name: "what is named as the newest agent is no version", status: 0, change: func(w *world) { w.newest("9.9.9.9-evil") }},
		{name: "an error page in place of the newest version", status: 1, change: func(w *world) {
			w.newest("3.3.5226.0")
			w.each(func(a *observation.AddressObservation) { a.Reply.Status = http.StatusForbidden }, nameBucket)
		}, want: []string{"error s3-policy-denies " + nameBucket}},
		{name: "a newer agent, and none is known to be installed", status: 0, change: func(w *world) {
			w.newest("3.3.5226.0\n")
			w.Node.Agent = observation.Agent{Config: w.Node.Agent.Config}
		}},
	}
}

// TestHelloWords: the fix names both remedies, for this node's agent.
func TestHelloWords(t *testing.T) {
	const dropIn = "create `/etc/systemd/system/amazon-ssm-agent.service.d/zz-ssmcheck-godebug.conf`"
	for _, test := range []struct {
		world       string
		says, never []string
	}{
		{"the agent sends the large hello, and it is cut", []string{
			"which this node's agent sends", "update the firewall or proxy between 10.0.2.10", dropIn, `Environment="GODEBUG=tlsmlkem=0"`, "built with go1.25.13",
		}, []string{"tlskyber", "as long as"}},
		{"the agent sends the large hello, and it is swallowed", []string{dropIn, `Environment="GODEBUG=netdns=go,tlskyber=0"`}, []string{"tlsmlkem", "MTU"}},
		{"the agent may send the large hello, and only the small one passes", []string{"is not known", `GODEBUG=tlsmlkem=0`, "tlskyber=0 instead of"}, nil},
		{"the agent sends the large hello, and large packets towards AWS are lost", []string{"clamp the TCP MSS", "towards ssm", dropIn}, nil},
		{"an MTU hole", []string{"clamp the TCP MSS"}, []string{"GODEBUG"}},
		{"no agent is there, and only the small hello passes through the proxy", []string{
			"update the proxy " + proxyAt + ", or the firewall in front of or behind it", "have an agent, once one is installed, send the small one", "(agents from 3.3.2299.0 to",
		}, []string{"or, ", "and through"}},
		{"a large ClientHello does not pass", []string{"update the firewall on the path to 10.0.1.101"}, []string{"as long as"}},
	} {
		t.Run(test.world, func(t *testing.T) {
			f := judged(t, test.world, nil).Findings[0]
			text := strings.Join(slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix), "\n")
			for _, s := range test.says {
				if !strings.Contains(text, s) {
					t.Errorf("%s does not say %q:\n%s", f.Code, s, text)
				}
			}
			for _, s := range test.never {
				if strings.Contains(text, s) {
					t.Errorf("%s says %q:\n%s", f.Code, s, text)
				}
			}
		})
	}
}

// TestSwitchedOff: an agent that is new enough for the large ClientHello, but sends the
// small one, gets no advice about newer agents.
func TestSwitchedOff(t *testing.T) {
	off := func(w *world) {
		w.sends(observation.HelloSmall, observation.SwitchMLKEM)
		w.Node.Agent.Version = "3.3.5226.0"
	}
	r := judged(t, "a large ClientHello does not pass", off)
	lines := slices.Concat([]string{r.Findings[0].Title}, r.Findings[0].Evidence, r.Findings[0].Fix)
	r = judged(t, "a large ClientHello does not pass", func(w *world) {
		off(w)
		w.LargeHello = w.LargeHello[:1]
		w.LargeHello[0].Result.Handshake.Failure = &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindInterrupted}
	})
	text := strings.Join(append(lines, r.Notes...), "\n")
	for _, s := range []string{"would send without tlsmlkem=0", "without that setting it would send", "keep tlsmlkem=0", "(tlsmlkem=0); the large one, which it would send"} {
		if !strings.Contains(text, s) {
			t.Errorf("it does not say %q:\n%s", s, text)
		}
	}
	for _, s := range []string{"newer agents", firstLarge} {
		if strings.Contains(text, s) {
			t.Errorf("it says %q:\n%s", s, text)
		}
	}
}

// TestProxyIsLookedAt: if a proxy carries the connection, what is on the path is the
// proxy and whatever is next to it.
func TestProxyIsLookedAt(t *testing.T) {
	for _, kind := range []observation.Kind{observation.KindTimeout, observation.KindClosed} {
		w := healthy()
		w.through(proxyAt, func(_ string, p *observation.ProxyObservation) {
			p.Inside.Handshake = &observation.Handshake{Failure: &observation.Failure{Op: observation.OpHandshake, Kind: kind}}
			p.Inside.Reply, p.WebSocket = nil, nil
		})
		f := Judge(w.Observations).Findings[0]
		if text := strings.Join(f.Fix, "\n"); !strings.Contains(text, "the proxy "+proxyAt) || strings.Contains(text, "and through") || strings.Contains(text, "that through") {
			t.Errorf("%s: %s", f.Code, text)
		}
	}
}

func TestSmallHello(t *testing.T) {
	for _, test := range []struct {
		hello observation.AgentHello
		want  string
	}{
		{observation.AgentHello{}, "tlsmlkem=0"},
		{observation.AgentHello{Switch: observation.SwitchKyber}, "tlskyber=0"},
		{observation.AgentHello{Switch: observation.SwitchMLKEM, GODEBUG: "netdns=go+1,tlsmlkem=1"}, "netdns=go+1,tlsmlkem=0"},
		{observation.AgentHello{Switch: "\"\nExecStart=/bin/sh", GODEBUG: "a=b\nExecStartPre=/bin/sh,c=\"d"}, "tlsmlkem=0"},
	} {
		if got := smallHello(test.hello); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.hello, got, test.want)
		}
	}
}
