package probe

import (
	"context"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestPauseOfAnEarlierStage: a time-out is excused by what happened in its own
// stage. Who hung up may have done so while this process stood still, whenever
// that shows.
func TestPauseOfAnEarlierStage(t *testing.T) {
	silent := func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
	hangsUp := func(context.Context) error { return io.EOF }
	for _, test := range []struct {
		name    string
		earlier bool // the pause is in the stage that succeeded
		fails   func(context.Context) error
		tries   int
	}{
		{"silence after a pause", true, silent, 1},
		{"silence with a pause", false, silent, 2},
		{"hung up after a pause", true, hangsUp, 2},
		{"hung up with a pause", false, hangsUp, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &Prober{heart: beating(t), Timeout: time.Second}
				tries := 0
				pause := func(here bool) {
					if here && tries == 1 {
						time.Sleep(odd)
						p.heart.stopFor(10 * time.Second)
						time.Sleep(10 * time.Second)
					}
				}
				p.awake(t.Context(), func(ctx context.Context) *observation.Failure {
					tries++
					if _, f := p.attempt(ctx, observation.OpHandshake, func(context.Context) error { pause(test.earlier); return nil }); f != nil {
						return f
					}
					_, f := p.attempt(ctx, observation.OpReply, func(ctx context.Context) error {
						pause(!test.earlier)
						// What is done within a stage is a part of it.
						if _, inner := p.attempt(ctx, observation.OpRead, func(context.Context) error { return nil }); inner != nil {
							return inner
						}
						return test.fails(ctx)
					})
					return f
				})
				if tries != test.tries {
					t.Errorf("%d tries, want %d", tries, test.tries)
				}
			})
		})
	}
}

// TestSlowAddressHoldsUpNoSignedCall: an earlier address is waited for, and not
// for long.
func TestSlowAddressHoldsUpNoSignedCall(t *testing.T) {
	first, second := netip.MustParseAddr("10.0.1.101"), netip.MustParseAddr("10.0.2.101")
	for _, test := range []struct {
		name  string
		takes time.Duration // the first address
		want  time.Duration
		at    netip.Addr
	}{
		{"soon", 300 * time.Millisecond, 300 * time.Millisecond, first},
		{"late", 8 * time.Second, signWait, second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &run{p: &Prober{heart: beating(t)}}
				plan := observation.PlannedTarget{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: firstHost, Port: 443}}
				r.plan.SignedCalls = signedCalls([]observation.PlannedTarget{plan})
				s := &signing{run: r, known: make(chan struct{}), made: map[string]*observation.SignedCall{}, refused: map[string]string{}}
				r.signed = s
				good := func(a netip.Addr) *observation.AddressObservation {
					return &observation.AddressObservation{Address: a, Climb: observation.Climb{Connect: &observation.Connect{}, Handshake: &observation.Handshake{NameMatches: true, Trusted: true, Verified: true}, Reply: &observation.Reply{}}}
				}
				target := &targetRun{run: r, plan: plannedTarget{PlannedTarget: plan}, group: new(taskGroup), order: []netip.Addr{first, second}, settled: map[netip.Addr]bool{}, seen: map[netip.Addr]*observation.AddressObservation{first: good(first), second: good(second)}}
				begun := time.Now()
				var climbs crew
				for a, takes := range map[netip.Addr]time.Duration{first: test.takes, second: 0} {
					climbs.Go(func() {
						time.Sleep(takes)
						target.mu.Lock()
						target.settled[a] = true
						target.mu.Unlock()
						target.signAt(t.Context())
					})
				}
				for {
					s.mu.Lock()
					made := s.made["ssm"]
					s.mu.Unlock()
					if made != nil {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				if took := time.Since(begun).Round(100 * time.Millisecond); took != test.want {
					t.Errorf("begun after %s, want %s", took, test.want)
				}
				close(s.known)
				climbs.Wait()
				s.calls.Wait()
			})
		})
	}
}
