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

// helloTests are those in which the size of the agent's ClientHello decides, and
// its version.
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

// TestHelloWords: the fix names both cures, for this node's agent.
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
		{"a large ClientHello does not pass", []string{"update the firewall on the way to 10.0.1.101"}, []string{"as long as"}},
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

func TestSmallHello(t *testing.T) {
	for _, test := range []struct {
		hello observation.AgentHello
		want  string
	}{
		{observation.AgentHello{}, "tlsmlkem=0"},
		{observation.AgentHello{Switch: observation.SwitchKyber}, "tlskyber=0"},
		{observation.AgentHello{Switch: observation.SwitchMLKEM, GODEBUG: "netdns=go,tlsmlkem=1"}, "netdns=go,tlsmlkem=0"},
		{observation.AgentHello{Switch: "\"\nExecStart=/bin/sh", GODEBUG: "a=b\nExecStartPre=/bin/sh,c=\"d"}, "tlsmlkem=0"},
	} {
		if got := smallHello(test.hello); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.hello, got, test.want)
		}
	}
}
