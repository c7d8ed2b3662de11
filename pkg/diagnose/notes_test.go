package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestWebSocketThatWasNotSeenIsSaid(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		want   string // "" for no note
	}{
		{name: "it was answered", change: func(*world) {}},
		{name: "it was answered at one address", change: func(w *world) { w.at("ssmmessages").Addresses[0].WebSocket = nil }},
		{name: "it got no answer, which is a finding", change: func(w *world) { w.upgrades(observation.KindTimeout) }},
		{name: "nothing was tried", want: "it was not tried", change: func(w *world) {
			w.each(func(a *observation.AddressObservation) { a.WebSocket = nil }, "ssmmessages")
		}},
		{name: "the deadline passed", want: "the deadline passed", change: func(w *world) {
			w.upgrades(observation.KindUndecided)
			w.Ending = observation.EndingDeadline
		}},
		{name: "a person ended it", want: "the run was interrupted", change: func(w *world) {
			w.upgrades(observation.KindInterrupted)
			w.Ending = observation.EndingInterrupted
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := healthy()
			test.change(w)
			notes := Judge(w.Observations).Notes
			i := slices.IndexFunc(notes, func(n string) bool { return strings.HasPrefix(n, "the WebSocket of ssmmessages") })
			switch {
			case test.want == "" && i >= 0:
				t.Errorf("note %q, want none", notes[i])
			case test.want != "" && (i < 0 || !strings.HasSuffix(notes[i], ": "+test.want)):
				t.Errorf("notes %q, want one that ends with %q", notes, test.want)
			}
		})
	}
}

func TestWhatANodeRanOutOfIsSaid(t *testing.T) {
	w := healthy()
	w.connects(observation.KindNoResources, 0, "ssm")
	r := Judge(w.Observations)
	if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "ulimit -n") }) {
		t.Errorf("notes %q, want one that names ulimit -n", r.Notes)
	}
}

// upgrades makes every upgrade fail after the handshake.
func (w *world) upgrades(kind observation.Kind) {
	w.each(func(a *observation.AddressObservation) {
		a.WebSocket.Reply = &observation.Reply{Elapsed: 3000 * ms, Failure: &observation.Failure{Op: observation.OpReply, Kind: kind}}
	}, "ssmmessages")
}

// TestUnreadRegistrationIsSaid: what depends on a registration that this user may not
// read says so, and how to find out.
func TestUnreadRegistrationIsSaid(t *testing.T) {
	w := healthy()
	w.Node.Registration.Failure.Kind = observation.KindDenied
	w.Metadata = observation.Metadata{Asked: true, Connected: true, Status: 403, Failure: &observation.Failure{Op: observation.OpMetadata, Kind: observation.KindStatus}}
	for _, f := range Judge(w.Observations).Findings {
		all := f.Title + "\n" + strings.Join(f.Evidence, "\n")
		if !strings.Contains(all, "not known") || !strings.Contains(all, "run as root") {
			t.Errorf("%s:\n%s", f.Code, all)
		}
	}
}

func TestDualStackThatTheAgentDoesNotKnowIsSaid(t *testing.T) {
	const note = "UseDualStackEndpoint in the agent's configuration has no effect: agent 3.3.1142.0 does not know it"
	w := healthy()
	w.Node.Agent.Config.DualStack = true
	if notes := Judge(w.Observations).Notes; !hasPrefix(notes, note) {
		t.Errorf("notes %q, want one that begins with %q", notes, note)
	}
	w.Plan.DualStack = true
	if notes := Judge(w.Observations).Notes; hasPrefix(notes, note) {
		t.Errorf("notes %q though the dual-stack names were tested", notes)
	}
}

func hasPrefix(lines []string, prefix string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, prefix) })
}

// There is one note: "did not answer" and "answers" contradict each other. That private
// names were not compared is normal on premises, as long as nothing is wrong.
func TestNotes_notCompared(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		normal bool
	}{
		{"all works", func(*world) {}, true},
		{"something fails", func(w *world) { w.silent("ssm") }, false},
	} {
		w := healthy()
		w.hybrid()
		w.public()
		test.change(w)
		r := Judge(w.Observations)
		if !hasPrefix(r.Notes, "private names were not compared") || hasPrefix(r.Normal, "private names were not compared") != test.normal {
			t.Errorf("%s: notes %q, of which are normal %q", test.name, r.Notes, r.Normal)
		}
	}
}

func TestAResolverThatAnswersInVainIsSaidOnce(t *testing.T) {
	w := healthy()
	for _, s := range []string{vpcPlus2, vpcDefault} {
		w.failsAll(s, observation.KindServFail, "")
	}
	w.unresolved(observation.KindServFail, allNames...)
	notes := Judge(w.Observations).Notes
	if !slices.Contains(notes, "private names were not compared: the VPC's resolver 169.254.169.253 answers, but not for AWS's names") {
		t.Errorf("notes %q do not say why nothing was compared", notes)
	}
	if hasPrefix(notes, "the VPC's resolver") {
		t.Errorf("notes %q say it twice", notes)
	}
}

// A gateway endpoint serves its VPC alone.
func TestS3ThatAnswersAlone(t *testing.T) {
	for _, test := range []struct {
		change func(w *world)
		want   string
	}{
		{func(*world) {}, "S3 answers at public addresses while others are silent: it has a gateway endpoint, as it should"},
		{(*world).hybrid, "S3 answers at public addresses while others are silent: a firewall lets S3 pass"},
	} {
		w := healthy()
		test.change(w)
		w.resolves("kms", publicOf(3)...)
		w.silent("kms")
		if notes := Judge(w.Observations).Notes; !slices.Contains(notes, test.want) {
			t.Errorf("notes %q, want %q", notes, test.want)
		}
	}
}

func TestUntriedAddressesAreCounted(t *testing.T) {
	for n, want := range map[int]string{1: "of the 3 addresses", 2: "of the 4 addresses"} {
		w := healthy()
		w.at("s3").Untried = addrs("3.5.128.12", "3.5.128.13")[:n]
		notes := Judge(w.Observations).Notes
		if !slices.ContainsFunc(notes, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("notes %q, want one with %q", notes, want)
		}
	}
}
