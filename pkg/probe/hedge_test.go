package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// TestSecondConnectionTellsLossFromSilence: while a connection gets no answer, a second one is made,
// and counts as its repeat.
func TestSecondConnectionTellsLossFromSilence(t *testing.T) {
	for _, test := range []struct {
		name string
		lost int32 // how many connections get no answer
		want bool  // a repeat that reached AWS
	}{
		{"nothing is lost", 0, false},
		{"the first is lost", 1, true},
		{"all are lost", 1 << 20, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ca := probetest.NewCA(t, "Amazon")
			edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
			at := probetest.Mapped(map[string]netip.AddrPort{"10.0.1.101:443": edge})
			var dialled atomic.Int32
			// ended: the first connection was given up; late: only then the
			// second was made.
			var ended, late atomic.Bool
			p := &Prober{
				RootCAs: ca.Pool, Timeout: 2 * time.Second,
				LookupHost: func(ctx context.Context, host string) ([]netip.Addr, error) {
					if host != probetest.FirstHost {
						return noSuchName(ctx, host)
					}
					return []netip.Addr{netip.MustParseAddr("10.0.1.101")}, nil
				},
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					if network != "tcp" {
						return at(ctx, network, address)
					}
					n := dialled.Add(1)
					if n == 2 && ended.Load() {
						late.Store(true)
					}
					if n <= test.lost {
						<-ctx.Done()
						ended.Store(true)
						return nil, ctx.Err()
					}
					return at(ctx, network, address)
				},
			}
			plan := smallPlan()
			if test.lost > 0 { // and waited for
				plan.Timeout = observation.Elapsed(3 * time.Second)
			}
			// The first target would also send the large ClientHello.
			plan.Targets = []observation.PlannedTarget{
				{Target: endpoint.Target{Name: "none", Host: probetest.SecondHost, Port: 443}},
				{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: probetest.FirstHost, Port: 443}, Asked: true},
			}
			a := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil).Targets[1].Addresses[0]
			repeat := false
			for _, e := range a.Experiments {
				repeat = repeat || e.Kind == observation.ExperimentRepeat && e.Result.Reply != nil && e.Result.Reply.RequestID != ""
			}
			if repeat != test.want {
				t.Errorf("a repeat that passes: %t, want %t: %+v", repeat, test.want, a.Experiments)
			}
			if failed := a.Stages.Failure().Of(observation.KindTimeout); failed != (test.lost > 0) {
				t.Errorf("the first connection: %v", a.Stages.Failure())
			}
			if test.lost == 0 && dialled.Load() != 1 {
				t.Errorf("%d connections, want one where it is answered", dialled.Load())
			}
			if late.Load() {
				t.Error("the second try began when the first had ended")
			}
		})
	}
}

// TestSecondTryOfAStoppedProcess: an attempt that a pause spoiled is repeated, as on the first
// connection.
func TestSecondTryOfAStoppedProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := probetest.NewCA(t, "Amazon")
		config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}
		p := &Prober{RootCAs: ca.Pool, heart: beating(t), Now: time.Now}
		var dialled atomic.Int32
		stopped := func(c net.Conn) {
			time.Sleep(probetest.OddMoment)
			p.heart.StandStill(2 * time.Second)
			hungUp(2 * time.Second)(c)
		}
		served := pipes(new(atomic.Int32), stopped, awsOver(config))
		p.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if network != "tcp" {
				return nil, &observation.Failure{Op: observation.OpConnect, Kind: observation.KindNoRoute}
			}
			if n := dialled.Add(1); n == 2 || n == 3 {
				return served(ctx, network, address)
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}
		way := directPath{to: netip.MustParseAddrPort("10.0.1.101:443"), hello: handshake.SmallHello(probetest.FirstHost), ask: reply.Request{Host: probetest.FirstHost, Path: "/"}}
		second := p.hedge(t.Context(), way)
		seen := observation.AddressObservation{Stages: p.attempt(t.Context(), second.first)}
		seen.Experiments = second.end(seen.Stages)
		if counts, first := seen.Settled(); !first.Of(observation.KindTimeout) || !counts.Serves() {
			t.Errorf("first %v, then %+v; want silence and AWS's answer", first, seen.Experiments)
		}
	})
}
