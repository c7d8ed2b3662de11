package diagnose

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestCondition_cameBack: a query that this node refuses says nothing about a nameserver
// that answered another one over the same transport.
func TestCondition_cameBack(t *testing.T) {
	const node = "10.0.2.10"
	for _, test := range []struct {
		name      string
		kind      observation.Kind // of every question for a name, over TCP
		from      string           // who sent an ICMP message about it
		transport string           // by which another one came back; empty: none did
		want      condition
	}{
		{"rejected, and nothing came back", observation.KindHostUnreachable, node, "", conditionLocal},
		{"rejected, and one came back over TCP", observation.KindHostUnreachable, node, "tcp", conditionForwarder},
		{"rejected, and one came back over UDP", observation.KindHostUnreachable, node, "udp", conditionLocal},
		{"not permitted, and one came back over TCP", observation.KindNotPermitted, "", "tcp", conditionForwarder},
	} {
		w := healthy()
		w.questionsFail(test.kind, ms/5, test.from, 3, 13)
		s := w.ask(vpcPlus2)
		s.ControlQuery, s.OverTCP, s.OverUDP, s.ControlHost = nil, nil, nil, nil
		switch test.transport {
		case "tcp":
			s.ControlQuery = &observation.Answer{Name: "com.", Type: "NS", Rcode: "NOERROR", Transport: "tcp"}
		case "udp":
			s.OverUDP = &observation.Answer{Name: hostSSM, Type: "A", Rcode: "NOERROR", Transport: "udp"}
		}
		f := newFacts(w.Observations)
		if got := f.condition(f.configured[0]); got != test.want {
			t.Errorf("%s: it %s, want: it %s", test.name, got.String(), test.want.String())
		}
	}
}
