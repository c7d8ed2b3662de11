package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// questionsFail makes this system use TCP only, and every query fail with this; from
// sent the ICMP message, unless it is empty.
func (w *world) questionsFail(kind observation.Kind, took observation.Elapsed, from string, typ, code int) {
	w.overTCP()
	s := w.ask(vpcPlus2)
	for i := range s.Answers {
		a := &s.Answers[i]
		a.Failure, a.Elapsed = &observation.Failure{Op: observation.OpLookup, Kind: kind}, took
		if from != "" {
			a.ICMP = &observation.ICMPMessage{From: netip.MustParseAddr(from), Type: typ, Code: code}
		}
	}
}

// localServerTests are queries over TCP that this node itself refuses, and what looks
// like them.
func localServerTests() []verdictTest {
	const node, router = "10.0.2.10", "10.0.2.1"
	local, blocked := []string{"error local-firewall " + asked5}, []string{"error dns-tcp-blocked " + asked5}
	truncated := func(w *world, from string) {
		w.onlyServer(ownServer)
		w.failsAll(ownServer, observation.KindHostUnreachable, "")
		s := w.ask(ownServer)
		for i := range s.Answers {
			a := &s.Answers[i]
			a.Truncated, a.Transport, a.Elapsed = true, "tcp", ms/5
			a.ICMP = &observation.ICMPMessage{From: netip.MustParseAddr(from), Type: 3, Code: 13}
		}
		w.unresolved(observation.KindTimeout, allNames...)
	}
	return []verdictTest{
		{name: "a question over TCP is rejected by this node, admin-prohibited", status: 1, want: local, change: func(w *world) {
			w.questionsFail(observation.KindHostUnreachable, ms/5, node, 3, 13)
		}},
		{name: "a question over TCP is rejected by this node, port unreachable, to the second packet", status: 1, want: local, change: func(w *world) {
			w.questionsFail(observation.KindConnectionRefused, 1050*ms, node, 3, 3)
		}},
		{name: "a question over TCP is rejected by a router next door", status: 1, want: blocked, change: func(w *world) {
			w.questionsFail(observation.KindConnectionRefused, ms/5, router, 3, 3)
		}},
		{name: "a question over TCP finds nobody at the nameserver's address", status: 1, want: blocked, change: func(w *world) {
			w.questionsFail(observation.KindHostUnreachable, 2900*ms, node, 3, 1)
		}},
		{name: "nobody has the nameserver's address, and another process asked for it before", status: 1, want: blocked, change: func(w *world) {
			w.nextDoor()
			w.questionsFail(observation.KindHostUnreachable, 1629*ms, node, 3, 1)
		}},
		{name: "a nameserver next door has TCP port 53 closed", status: 1, want: blocked, change: func(w *world) {
			w.nextDoor()
			w.far(20 * ms)
			w.questionsFail(observation.KindConnectionRefused, ms/20, "", 0, 0)
		}},
		{name: "a saved report's ICMP message without a sender", status: 1, want: blocked, change: func(w *world) {
			w.questionsFail(observation.KindConnectionRefused, 3*ms, "10.0.2.10", 3, 3)
			for i := range w.ask(vpcPlus2).Answers {
				w.ask(vpcPlus2).Answers[i].ICMP.From = netip.Addr{}
			}
			w.ask(vpcPlus2).Local = netip.Addr{}
		}},
		{name: "a question over TCP is reset sooner than a packet returns", status: 1, want: local, change: func(w *world) {
			w.questionsFail(observation.KindConnectionRefused, ms/20, "", 0, 0)
			w.far(20 * ms)
			w.questionsFail(observation.KindConnectionRefused, ms/20, "", 0, 0)
		}},
		{name: "a question over TCP is reset by the nameserver", status: 1, want: blocked, change: func(w *world) {
			w.questionsFail(observation.KindConnectionRefused, ms, "", 0, 0)
		}},
		{name: "a rule of policy routing prohibits questions over TCP", status: 1, want: local, change: func(w *world) {
			w.questionsFail(observation.KindProhibited, ms/50, "", 0, 0)
		}},
		{name: "a truncated answer, and this node rejects the question over TCP", status: 1, want: local, change: func(w *world) { truncated(w, node) }},
		{name: "a truncated answer, and a router rejects the question over TCP", status: 1, want: blocked, change: func(w *world) { truncated(w, router) }},
	}
}

// TestRefusedQuestionWords: the finding says who rejects.
func TestRefusedQuestionWords(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*world)
		title  string
		say    string
	}{
		{"a packet filter", func(w *world) { w.questionsFail(observation.KindHostUnreachable, ms/5, "10.0.2.10", 3, 13) },
			"this node's own packet filter refuses queries to 10.0.0.2", "rejected by this node itself, 10.0.2.10 (administratively prohibited, ICMP type 3 code 13)"},
		{"a rule of routing", func(w *world) { w.questionsFail(observation.KindProhibited, ms/50, "", 0, 0) },
			"this node's own routing rules, or its security module, refuse queries to 10.0.0.2", "by this node itself: nothing was sent"},
	} {
		w := healthy()
		test.change(w)
		found := Judge(w.Observations).Findings
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Code == LocalFirewall })
		if i < 0 {
			t.Errorf("%s: no local-firewall", test.name)
			continue
		}
		if f := found[i]; f.Confirm[0] != "dig @10.0.0.2 "+hostSSM+" +tcp +short +time=3 +tries=1" {
			t.Errorf("%s: confirmed by %q", test.name, f.Confirm)
		}
		if f := found[i]; f.Title != test.title || !strings.Contains(strings.Join(f.Evidence, "\n"), test.say) {
			t.Errorf("%s: %q with %q; want %q and %q", test.name, f.Title, f.Evidence, test.title, test.say)
		}
	}
}

// nextDoor widens the node's subnet, so that it contains the nameserver.
func (w *world) nextDoor() {
	for i, p := range w.Node.Addresses {
		if p.Addr().Is4() {
			w.Node.Addresses[i] = netip.PrefixFrom(p.Addr(), 16)
		}
	}
}
