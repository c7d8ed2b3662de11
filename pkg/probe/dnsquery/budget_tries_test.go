package dnsquery

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestTries_keepToBudget: however often resolv.conf has a question asked
// (attempts), no more packets are sent than the run may; and a question whose
// tries are cut short for that has had one in full: it got no answer.
func TestTries_keepToBudget(t *testing.T) {
	const names = 20
	var came atomic.Int64
	server := probetest.ListenDNS(t, func(dns.ResponseWriter, *dns.Msg) { came.Add(1) }, nil)
	for _, test := range []struct {
		name    string
		overTCP bool
		budget  int // what shareQuestions leaves one server for its names
	}{
		{"over UDP", false, 4 * names},
		{"over TCP (use-vc)", true, 4 * names},
	} {
		p := &attempt.Runner{Timeout: 600 * time.Millisecond}
		var dialled atomic.Int64
		if test.overTCP {
			p.Dial = countDials(&dialled)
		}
		x, failure := Dial(t.Context(), p, NewBudget(test.budget), server)
		if failure != nil {
			t.Fatal(failure)
		}
		came.Store(0)
		x.Configure(observation.ResolverConfig{Attempts: 5, Timeout: observation.Elapsed(120 * time.Millisecond), UseTCP: test.overTCP})
		answers := make([]observation.Answer, 2*names)
		var asking attempt.TaskGroup
		for i := range answers {
			asking.Go(func() { answers[i] = x.Ask(t.Context(), fmt.Sprintf("n%d.example", i/2), dns.TypeA) })
		}
		asking.Wait()
		x.Close()
		sent := 0
		for i, a := range answers {
			if sent += a.Sent; !a.Failure.Of(observation.KindTimeout) {
				t.Errorf("%s: question %d: %v, want no answer", test.name, i, a.Failure)
			}
		}
		if over := int(max(came.Load(), dialled.Load())); over > test.budget || sent > test.budget {
			t.Errorf("%s: %d packets came of %d that were counted, want %d at most", test.name, over, sent, test.budget)
		}
	}
}

// countDials counts connections over TCP, which get no answer.
func countDials(n *atomic.Int64) attempt.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" {
			return new(attempt.Runner).DialContext(ctx, network, address)
		}
		n.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
}
