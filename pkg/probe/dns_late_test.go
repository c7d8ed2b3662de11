package probe

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// TestLateAnswer_isFollowedToItsEnd: an answer that comes only when the question
// is repeated ends the questions, and not the attempt that follows from it.
func TestLateAnswer_isFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	z := &lossyZone{answer: probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1", probetest.SecondHost + ".": "10.0.1.2"}), lost: 2, seen: make(map[dns.Question]int)}
	server := probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": probetest.ListenDNS(t, z.serve, nil)})
	p := &Prober{LookupHost: noSuchName, Timeout: 2 * time.Second, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" {
			return server(ctx, network, address)
		}
		select {
		case <-time.After(100 * time.Millisecond):
			return nil, &observation.Failure{Op: observation.OpConnect, Kind: observation.KindConnectionRefused}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	plan := smallPlan("10.0.0.53:53")
	plan.Timeout = observation.Elapsed(p.Timeout)
	o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	seen := o.Targets[1].Addresses
	if len(seen) != 1 || seen[0].Connect == nil || !seen[0].Connect.Failure.Of(observation.KindConnectionRefused) {
		t.Errorf("at the address of the late answer: %+v, want the refusal", seen)
	}
}

// TestSystemLookup_isRepeated if, and only if, every nameserver has an address for the name.
func TestSystemLookup_isRepeated(t *testing.T) {
	timeout := &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	for _, test := range []struct {
		name    string
		fails   int
		answers dns.HandlerFunc
		tries   int
		passes  bool
		silent  bool // to some question
	}{
		{"it passes at once", 0, probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1"}), 0, true, false},
		{"it fails twice", 2, probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1"}), 3, true, false},
		{"it always fails", 9, probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1"}), 3, false, false},
		{"the nameserver has no such name", 9, probetest.Zone(nil), 0, false, false},
		{"the nameserver is silent", 9, probetest.Silent, 0, false, true},
		{"it is silent for IPv6", 9, func(w dns.ResponseWriter, q *dns.Msg) {
			if q.Question[0].Qtype == dns.TypeA {
				probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1"})(w, q)
			}
		}, 0, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			p := &Prober{
				LookupHost: func(context.Context, string) ([]netip.Addr, error) {
					if calls++; calls <= test.fails {
						return nil, timeout
					}
					return probetest.Addresses("10.0.1.1"), nil
				},
				Dial: onlyUDP(probetest.Mapped(map[string]netip.AddrPort{"10.0.0.53:53": probetest.ListenDNS(t, test.answers, nil)})),
			}
			plan := smallPlan("10.0.0.53:53")
			plan.Targets, plan.Timeout = plan.Targets[:1], observation.Elapsed(20*time.Second)
			if test.silent {
				plan.Timeout = observation.Elapsed(time.Second)
			}
			l := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).System[0]
			if l.Tries != test.tries || (l.Failure == nil) != test.passes || (l.First != nil) != (test.tries > 0) {
				t.Errorf("%+v, want %d tries, passed: %t", l, test.tries, test.passes)
			}
		})
	}
}

// systemGives is a system's lookup with one answer.
func systemGives(address string) func(context.Context, string) ([]netip.Addr, error) {
	return func(context.Context, string) ([]netip.Addr, error) { return probetest.Addresses(address), nil }
}

// onlyUDP refuses every connection over TCP.
func onlyUDP(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" {
			return nil, &observation.Failure{Op: observation.OpConnect, Kind: observation.KindConnectionRefused}
		}
		return dial(ctx, network, address)
	}
}

// TestAnyAddress_readsNoOpenAnswer: until a round of questions is done its answers
// are still being written. The race detector sees whether they are read.
func TestAnyAddress_readsNoOpenAnswer(t *testing.T) {
	r := newRun(t.Context(), new(Prober), Job{Plan: smallPlan()}, node.Local{}, nil)
	defer r.end()
	answers := make([]observation.Answer, 2*len(r.hosts))
	done := make(chan struct{})
	go func() {
		defer close(done)
		answers[0].Addresses = probetest.Addresses("10.0.1.1")
	}()
	_ = r.anyAddress(answers, make(chan struct{}))
	<-done
	if !r.anyAddress(answers, done) {
		t.Error("the address of a round that is done was not seen")
	}
}
