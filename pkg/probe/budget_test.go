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
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestSocketsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sockets{all: make(chan struct{}, 1)}
		release, failure := s.take(t.Context(), observation.OpConnect)
		if failure != nil {
			t.Fatal(failure)
		}
		if _, ok := s.takeFree(); ok {
			t.Error("a second place of one was free")
		}
		// An attempt that never began is old at no time.
		for cause, want := range map[error]observation.Kind{ErrDeadline: observation.KindUndecided, ErrInterrupted: observation.KindInterrupted} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(cause) })
			if _, failure := s.take(ctx, observation.OpConnect); !failure.Of(want) {
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
	for _, a := range []observation.Answer{x.ask(t.Context(), firstHost, dns.TypeA), x.askTCP(t.Context(), firstHost, dns.TypeA)} {
		if !a.Failure.Of(observation.KindUndecided) || a.Sent != 0 {
			t.Errorf("one more over %s: %+v, wanted it not to be put", a.Transport, a)
		}
	}
}

// TestQuestionsEndForEachAlone: what one question's failure says is not changed
// by others that end at the same time, and it says why it was not put.
func TestQuestionsEndForEachAlone(t *testing.T) {
	server := listenDNS(t, zone(map[string]string{firstHost + ".": "10.0.1.101"}), nil)
	p := &Prober{questions: newQuestions(0)}
	x, failure := p.dialServer(t.Context(), server)
	if failure != nil {
		t.Fatal(failure)
	}
	defer x.close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ErrDeadline)
	answers := make([]observation.Answer, 20)
	var asking crew
	for i := range answers {
		asking.Go(func() { answers[i] = x.ask(ctx, firstHost, dns.TypeA) })
	}
	asking.Wait()
	for i, a := range answers {
		if !a.Failure.Of(observation.KindUndecided) || a.Failure.Text != tooMany().Text {
			t.Fatalf("question %d: %v, want %q", i, a.Failure, tooMany().Text)
		}
	}
	answers[0].Failure.Text = "changed"
	if answers[1].Failure.Text == "changed" || tooMany().Text == "changed" {
		t.Error("two questions share one failure")
	}
}

// TestFailureIsItsOwners: an error that several attempts meet stays as it is.
func TestFailureIsItsOwners(t *testing.T) {
	shared := &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout, Text: "as it was"}
	var all crew
	for range 20 {
		all.Go(func() {
			_, f := (&Prober{}).attempt(t.Context(), observation.OpConnect, func(context.Context) error { return shared })
			if f == shared || !f.Of(observation.KindTimeout) {
				t.Errorf("got %v", f)
			}
		})
	}
	all.Wait()
	if shared.Text != "as it was" {
		t.Errorf("the error reads %q now", shared.Text)
	}
}

// TestSystemQuestionsEnd: past the last question Go's own resolver sends none,
// and its lookup is open: it says nothing against the network.
func TestSystemQuestionsEnd(t *testing.T) {
	if !goResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	l := (&Prober{Timeout: 5 * time.Second, systemQuestions: newQuestions(0)}).lookup(t.Context(), "ssm.us-east-2.amazonaws.com")
	if !l.Failure.Of(observation.KindUndecided) || l.Failure.Text != tooMany().Text || time.Duration(l.Elapsed) > 4*time.Second {
		t.Errorf("%v in %s, want it open at once", l.Failure, l.Elapsed)
	}
}

func TestShareQuestions(t *testing.T) {
	config := func(servers, search, attempts int) observation.Node {
		return observation.Node{Resolver: observation.ResolverConfig{Servers: make([]netip.AddrPort, servers), Search: make([]string, search), Attempts: attempts}}
	}
	for _, tt := range []struct {
		name            string
		node            observation.Node
		looked, proxies int
		names, servers  int
		system          int
	}{
		{"one server, each asked twice", config(1, 0, 0), 7, 0, 7, 2, 2 * 14},
		{"three servers", config(3, 0, 0), 7, 0, 7, 4, 6 * 14},
		{"none, where this node is asked", config(0, 0, 0), 7, 0, 7, 1, 4 * 14},
		{"the proxy of each target, looked up each time", config(1, 0, 0), 7, 8, 7, 2, 2 * (14 + 16)},
		{"as many servers as want all: the first answer is enough", config(1, 0, 0), 13, 14, 13, 6, 26 + 28},
		{"a failing search is cut, and the nameservers have their part", config(3, 4, 0), 13, 0, 13, 4, 130},
		{"what is left of the nameservers' part", config(3, 0, 5), 10, 0, 10, 4, 300 - 4*48},
		{"as many attempts as are taken", config(1, 0, maxAttempts), 2, 0, 2, 1, 300 - 16},
		{"no name is looked up, of a hundred", config(1, 0, 0), 0, 0, 113, 1, 0},
	} {
		system, others := shareQuestions(tt.node, tt.looked, tt.proxies, tt.names, tt.servers)
		if system != tt.system || system+others != 300 {
			t.Errorf("%s: %d and %d, want %d and %d", tt.name, system, others, tt.system, 300-tt.system)
		}
	}
}

func TestAttemptsTrap(t *testing.T) {
	if !goResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	for text, want := range map[string]struct {
		attempts int
		trap     bool
	}{
		"":                                       {0, false},
		"options ndots:2 attempts:5":             {5, false},
		"options attempts:0":                     {1, false},
		"options attempts:x":                     {1, false},
		"options attempts:3x":                    {3, false},
		"options attempts:9\noptions attempts:2": {2, false},
		"options attempts:100":                   {100, false},
		"options attempts:101":                   {101, true},
		"options attempts:99999999999999999999":  {999, true},
		"# options attempts:101":                 {0, false},
	} {
		p := bare(map[string]string{"etc/resolv.conf": "nameserver 10.0.0.2\n" + text + "\n"})
		n := observation.Node{Resolver: p.resolverConfig()}
		if trap, _ := p.resolverTrap(n, 7); n.Resolver.Attempts != want.attempts || (trap != "") != want.trap {
			t.Errorf("%q: %d, trap %q", text, n.Resolver.Attempts, trap)
		}
	}
}

func TestSearchListTrap(t *testing.T) {
	p := &Prober{}
	if !goResolver {
		t.Skip("SKIP: Go's own resolver is not used on this system")
	}
	n := observation.Node{Resolver: observation.ResolverConfig{Search: make([]string, 6)}}
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
	plan := observation.Plan{Region: "us-east-2"}
	for i := range 2 * most {
		plan.Targets = append(plan.Targets, observation.PlannedTarget{
			Target: endpoint.Target{Name: fmt.Sprintf("s3:b%d", i), Service: endpoint.S3, Host: firstHost, Port: 443}, Asked: true,
		})
	}
	o := p.Observe(t.Context(), Job{Plan: plan}, LocalNode{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
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
