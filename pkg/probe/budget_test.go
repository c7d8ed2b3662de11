package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// TestConnectionsAtOnce: many targets do not open many connections at once,
// and each gets its turn.
func TestConnectionsAtOnce(t *testing.T) {
	const most = attempt.MaxSockets - attempt.UnseenSockets
	ca := probetest.NewCA(t, "Amazon")
	edge := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	at := probetest.Mapped(map[string]netip.AddrPort{"10.0.1.101:443": edge, "10.0.1.102:443": edge})
	var now, seen atomic.Int32
	p := &Prober{
		RootCAs: ca.Pool, Timeout: 5 * time.Second,
		LookupHost: func(context.Context, string) ([]netip.Addr, error) {
			return probetest.Addresses("10.0.1.101 10.0.1.102"), nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := at(ctx, network, address)
			if err != nil || network != "tcp" {
				return conn, err
			}
			n := now.Add(1)
			for old := seen.Load(); n > old && !seen.CompareAndSwap(old, n); old = seen.Load() {
			}
			return &attempt.BudgetedConn{Conn: conn, Release: sync.OnceFunc(func() { now.Add(-1) })}, nil
		},
	}
	plan := observation.Plan{Region: "us-east-2"}
	for i := range 2 * most {
		plan.Targets = append(plan.Targets, observation.PlannedTarget{
			Target: endpoint.Target{Name: fmt.Sprintf("s3:b%d", i), Service: endpoint.S3, Host: probetest.FirstHost, Port: 443}, Asked: true,
		})
	}
	o := p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
	for _, target := range o.Targets {
		for _, a := range target.Addresses {
			if f := a.Stages.Failure(); f != nil {
				t.Errorf("%s at %s: %v", target.Name, a.Address, f)
			}
		}
	}
	if n := seen.Load(); n > most || n < most/10 || now.Load() != 0 {
		t.Errorf("%d connections at once and %d in the end, wanted %d at most and none", n, now.Load(), most)
	}
}
