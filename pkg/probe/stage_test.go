package probe

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/signed"
)

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
				plan := observation.PlannedTarget{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: probetest.FirstHost, Port: 443}}
				r.plan.SignedCalls = signed.Calls([]observation.PlannedTarget{plan})
				s := &signing{run: r, known: make(chan struct{}), made: map[string]*observation.SignedCall{}, refused: map[string]string{}}
				r.signed = s
				good := func(a netip.Addr) *observation.AddressObservation {
					return &observation.AddressObservation{Address: a, Stages: observation.Stages{Connect: &observation.Connect{}, Handshake: &observation.Handshake{NameMatches: true, Trusted: true, Verified: true}, Reply: &observation.Reply{}}}
				}
				target := &targetRun{run: r, plan: plannedTarget{PlannedTarget: plan}, group: new(taskGroup), order: []netip.Addr{first, second}, settled: map[netip.Addr]bool{}, seen: map[netip.Addr]*observation.AddressObservation{first: good(first), second: good(second)}}
				begun := time.Now()
				var attempts attempt.TaskGroup
				for a, takes := range map[netip.Addr]time.Duration{first: test.takes, second: 0} {
					attempts.Go(func() {
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
				attempts.Wait()
				s.calls.Wait()
			})
		})
	}
}
