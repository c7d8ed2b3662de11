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
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

func TestSocketsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := make(sockets, 1)
		release, failure := s.take(t.Context(), OpConnect)
		if failure != nil {
			t.Fatal(failure)
		}
		if _, ok := s.takeFree(); ok {
			t.Error("a second place of one was free")
		}
		// An attempt that never began is old at no time.
		for cause, want := range map[error]Kind{ErrDeadline: KindUndecided, ErrInterrupted: KindInterrupted} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(cause) })
			if _, failure := s.take(ctx, OpConnect); !failure.Of(want) {
				t.Errorf("%v: %v, wanted %s", cause, failure, want)
			}
		}
		release()
		release() // twice frees one place
		if _, ok := s.takeFree(); !ok {
			t.Error("the place was not given back")
		}
		if _, ok := s.takeFree(); ok {
			t.Error("a place was given back twice")
		}
	})
}

func TestQuestionsEnd(t *testing.T) {
	server := listenDNS(t, zone(map[string]string{firstHost + ".": "10.0.1.101"}), nil)
	p := &Prober{questions: newQuestions(1)}
	x, failure := p.dialServer(t.Context(), server)
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.close()
	if a := x.ask(t.Context(), firstHost, dns.TypeA); a.Failure != nil || a.Sent != 1 {
		t.Errorf("the first question: %+v", a)
	}
	for _, a := range []Answer{x.ask(t.Context(), firstHost, dns.TypeA), x.askTCP(t.Context(), firstHost, dns.TypeA)} {
		if !a.Failure.Of(KindUndecided) || a.Sent != 0 {
			t.Errorf("one more over %s: %+v, wanted it not to be put", a.Transport, a)
		}
	}
}

func TestSearchListTrap(t *testing.T) {
	p := &Prober{}
	if !goResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	n := Node{Resolver: ResolverConfig{Search: make([]string, 6)}}
	if why, _ := p.resolverTrap(n, 13); why != "" {
		t.Errorf("six domains, as many as a container has: %s", why)
	}
	n.Resolver.Search = make([]string, maxSearch)
	if why, _ := p.resolverTrap(n, 13); why == "" {
		t.Error("a search list without end is no trap")
	}
}

// TestConnectionsAtOnce: many targets do not open many connections at once,
// and each gets its turn.
func TestConnectionsAtOnce(t *testing.T) {
	const most = maxSockets - unseenSockets
	ca := newCA(t, "Amazon")
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, firstHost, time.Hour)}}, aws)
	at := mapped(map[string]netip.AddrPort{"10.0.1.101:443": edge, "10.0.1.102:443": edge})
	var now, seen atomic.Int32
	p := &Prober{
		RootCAs: ca.pool, Timeout: 5 * time.Second,
		LookupHost: func(context.Context, string) ([]netip.Addr, error) { return addresses("10.0.1.101 10.0.1.102"), nil },
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := at(ctx, network, address)
			if err != nil || network != "tcp" {
				return conn, err
			}
			n := now.Add(1)
			for old := seen.Load(); n > old && !seen.CompareAndSwap(old, n); old = seen.Load() {
			}
			return &placedConn{Conn: conn, release: sync.OnceFunc(func() { now.Add(-1) })}, nil
		},
	}
	plan := Plan{Region: "us-east-2"}
	for i := range 2 * most {
		plan.Targets = append(plan.Targets, PlannedTarget{
			Target: endpoint.Target{Name: fmt.Sprintf("s3:b%d", i), Service: endpoint.S3, Host: firstHost, Port: 443}, Asked: true,
		})
	}
	o := p.Observe(t.Context(), plan, Node{Kind: NodeHybrid}, nil, nil)
	for _, target := range o.Targets {
		for _, a := range target.Addresses {
			if f := a.Climb.Failure(); f != nil {
				t.Errorf("%s at %s: %v", target.Name, a.Address, f)
			}
		}
	}
	if n := seen.Load(); n > most || n < most/10 || now.Load() != 0 {
		t.Errorf("%d connections at once and %d in the end, wanted %d at most and none", n, now.Load(), most)
	}
}
