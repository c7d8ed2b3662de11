package probe

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// A lossyZone loses the first packets of each question for the second host.
type lossyZone struct {
	answer dns.HandlerFunc
	lost   int

	mu   sync.Mutex
	seen map[dns.Question]int
}

func (z *lossyZone) serve(w dns.ResponseWriter, q *dns.Msg) {
	z.mu.Lock()
	z.seen[q.Question[0]]++
	n := z.seen[q.Question[0]]
	z.mu.Unlock()
	if q.Question[0].Name == probetest.SecondHost+"." && n <= z.lost {
		return
	}
	z.answer(w, q)
}

func (z *lossyZone) packets(host string, qtype uint16) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.seen[dns.Question{Name: host + ".", Qtype: qtype, Qclass: dns.ClassINET}]
}

func TestUnansweredQuestionsAreRepeated(t *testing.T) {
	both := map[string]string{probetest.FirstHost + ".": "127.0.0.1", probetest.SecondHost + ".": "127.0.0.1"}
	never := func(dns.ResponseWriter, *dns.Msg) {}
	for _, test := range []struct {
		name    string
		answer  dns.HandlerFunc
		lost    int
		address bool // of the second host
		most    int  // packets with its question
	}{
		{"nothing is lost", probetest.Zone(both), 0, true, 2},
		{"the question and its retransmission are lost", probetest.Zone(both), 2, true, 4},
		{"the name never gets an answer, and another one does", probetest.Zone(both), 100, false, 4},
		{"no name gets an answer", never, 0, false, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			z := &lossyZone{answer: test.answer, lost: test.lost, seen: make(map[dns.Question]int)}
			p := &Prober{LookupHost: noSuchName, Timeout: 2 * time.Second, Dial: probetest.Mapped(map[string]netip.AddrPort{
				"10.0.0.53:53": probetest.ListenDNS(t, z.serve, nil),
			})}
			plan := smallPlan("10.0.0.53:53")
			plan.Timeout = observation.Elapsed(p.Timeout)
			o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
			var a *observation.Answer
			for i := range o.Servers[0].Answers {
				if b := &o.Servers[0].Answers[i]; b.Name == probetest.SecondHost && b.Type == "A" {
					a = b
				}
			}
			if a == nil {
				t.Fatal("no answer is recorded")
			}
			if got := len(a.Addresses) > 0; got != test.address {
				t.Errorf("an address: %t, want %t: %+v", got, test.address, a)
			}
			if got := z.packets(probetest.SecondHost, dns.TypeA); got > test.most {
				t.Errorf("%d packets with the question, want %d at most", got, test.most)
			}
			if got := len(o.Targets[1].Addresses) > 0; got != test.address {
				t.Errorf("the address was tried: %t, want %t", got, test.address)
			}
		})
	}
}
