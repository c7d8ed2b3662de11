package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// pauseTests are runs in which this process did not run for some time: what failed
// meanwhile is undecided, and nothing is concluded from it.
func pauseTests() []verdictTest {
	paused := func(change func(w *world)) func(w *world) {
		return func(w *world) {
			w.Pauses = []observation.Pause{{At: began, For: 5000 * ms}}
			w.Paused = 5000 * ms
			change(w)
		}
	}
	late := func(change func(w *world)) func(w *world) {
		return paused(func(w *world) { w.Ending = observation.EndingDeadline; change(w) })
	}
	noMetadata := func(w *world) {
		w.Metadata = observation.Metadata{Asked: true, Elapsed: 20 * ms, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindUndecided}}
	}
	return []verdictTest{
		{name: "a pause, and everything passed", status: 0, change: paused(func(*world) {})},
		{name: "lookups that were slow while the process got little time", status: 0, change: func(w *world) {
			starve(w, 1600*ms, 2100*ms)
		}},
		{name: "lookups much slower than what the process lost", status: 0, want: []string{"warning dns-slow " + asked5}, change: func(w *world) {
			starve(w, 300*ms, 2100*ms)
		}},
		{name: "a connection whose attempts were all spoilt by pauses", status: 3, change: paused(func(w *world) {
			w.connects(observation.KindUndecided, 20*ms, "ssm")
		})},
		{name: "a handshake, and the experiments too", status: 3, change: late(func(w *world) {
			w.shakes(observation.KindUndecided, "ssm")
			w.tries(observation.ExperimentRepeat, observation.KindUndecided, "ssm")
			w.tries(observation.ExperimentNoServerName, "", "ssm")
		})},
		{name: "one address of two, and the other one works", status: 0, change: late(func(w *world) {
			connectFails(&w.at("ssm").Addresses[1], observation.KindUndecided, 20*ms)
		})},
		{name: "metadata before a pause", status: 3, change: late(noMetadata)},
		{name: "metadata, and a nameserver that is silent all the same", status: 3, change: late(func(w *world) {
			noMetadata(w)
			w.failsAll(vpcPlus2, observation.KindUndecided, observation.KindUndecided)
			w.unresolved(observation.KindUndecided, allNames...)
		})},
		{name: "the proxy", status: 3, change: late(func(w *world) {
			w.through("http://10.0.9.9:3128", func(_ string, p *observation.ProxyObservation) {
				p.Tunnel = &observation.Reply{Request: "CONNECT", Elapsed: 20 * ms, Failure: &observation.Failure{Op: observation.OpProxy, Kind: observation.KindUndecided}}
				p.Inside = observation.Stages{}
			})
		})},
		{name: "the WebSocket alone, of a server that is AWS's: a note says so", status: 0, change: late(func(w *world) {
			w.upgrades(observation.KindUndecided)
		})},
		{name: "answers that were read ten minutes late tell nothing of the clock", status: 0, change: paused(func(w *world) {
			w.clock(10 * time.Minute)
			w.each(func(a *observation.AddressObservation) { a.Reply.At = time.Time{} }, allNames...)
			for _, name := range allNames {
				for i := range w.at(name).Addresses {
					if s := w.at(name).Addresses[i].WebSocket; s != nil {
						s.Reply.At = time.Time{}
					}
				}
			}
		})},
		{name: "what was blocked before the pause is still an error", status: 1, want: []string{"error endpoint-blocked ssm"}, change: late(func(w *world) {
			w.silent("ssm")
		})},
	}
}

func TestPauseIsTheReason(t *testing.T) {
	r := judged(t, "a handshake, and the experiments too", nil)
	for _, c := range r.Capabilities[:2] {
		if want := "not decided: the deadline passed, and for 5s this process did not run"; c.Reason != want {
			t.Errorf("%s: %q, want %q", c.Name, c.Reason, want)
		}
	}
	r = judged(t, "a connection whose attempts were all spoilt by pauses", nil)
	if got, want := r.Capabilities[0].Reason, "not decided: for 5s this process did not run"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r = judged(t, "metadata before a pause", nil)
	if got := r.Capabilities[2].Reason; !strings.HasSuffix(got, "when the run ended, and for 5s this process did not run") {
		t.Errorf("%q, want the reason", got)
	}
	for _, world := range []string{"a pause, and everything passed", "metadata before a pause"} {
		if r := judged(t, world, nil); !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "for 5s this process did not run (it was stopped, ") }) {
			t.Errorf("%s: no note of it in %q", world, r.Notes)
		}
	}
	r = judged(t, "a pause, and everything passed", func(w *world) { w.Paused = 300 * ms })
	if slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "did not run") }) {
		t.Errorf("a busy machine is noted: %q", r.Notes)
	}
}

// starve makes the process lose some time, and every answer take some.
func starve(w *world, lost, took observation.Elapsed) {
	w.Pauses = []observation.Pause{{At: began, For: lost}}
	w.Paused = lost
	for i := range w.ask(vpcPlus2).Answers {
		w.ask(vpcPlus2).Answers[i].Elapsed = took
	}
}

// What could not be read in time is open because of the pause, and says so.
func TestUndecided_pausedWhileReading(t *testing.T) {
	const hidden = "the agent's proxy settings may not be read, and no name resolves"
	r := judged(t, hidden, func(w *world) {
		w.Ending, w.Paused = observation.EndingDeadline, 4000*ms
	})
	for _, c := range r.Capabilities {
		if !strings.Contains(c.Reason, hiddenProxy) || !strings.Contains(c.Reason, "for 4s this process did not run") {
			t.Errorf("%s: %q", c.Name, c.Reason)
		}
	}
}
