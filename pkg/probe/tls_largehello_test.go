package probe

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// A firstSegment is a connection whose first bytes have been read already.
type firstSegment struct {
	net.Conn
	first []byte
}

func (c *firstSegment) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// filtered serves AWS's answers behind a middlebox that passes connections with a large ClientHello
// to large.
func filtered(t *testing.T, ca *probetest.TestCA, large func(net.Conn)) netip.AddrPort {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}
	conns := make(chan net.Conn)
	inner := &http.Server{Handler: http.HandlerFunc(probetest.Aws), ErrorLog: probetest.QuietLog()}
	l := &chanListener{conns: conns, done: make(chan struct{})}
	go inner.Serve(tls.NewListener(l, config))
	t.Cleanup(func() { inner.Close() })
	return probetest.Listen(t, func(c net.Conn) {
		buf := make([]byte, 16<<10)
		n, err := c.Read(buf)
		switch {
		case err != nil:
			c.Close()
		case n > 1000:
			large(c)
		default:
			conns <- &firstSegment{Conn: c, first: buf[:n]}
		}
	})
}

type chanListener struct {
	conns <-chan net.Conn
	done  chan struct{}
}

func (l *chanListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *chanListener) Close() error   { close(l.done); return nil }
func (l *chanListener) Addr() net.Addr { return &net.TCPAddr{} }

// smallAgent is one that sends the small ClientHello.
var smallAgent = observation.Agent{Hello: observation.AgentHello{Size: observation.HelloSmall}}

// atFilter observes ssm behind the middlebox of filtered, on a node with that agent.
func atFilter(t *testing.T, large func(net.Conn), agent observation.Agent) *observation.Observations {
	ca := probetest.NewCA(t, "Amazon")
	p := &Prober{
		RootCAs:    ca.Pool,
		LookupHost: noSuchName,
		Dial: probetest.Mapped(map[string]netip.AddrPort{
			"10.0.0.53:53":   probetest.ListenDNS(t, probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.101"}), nil),
			"10.0.1.101:443": filtered(t, ca, large),
		}),
	}
	plan := smallPlan("10.0.0.53:53")
	plan.Timeout = observation.Elapsed(4 * time.Second) // what is swallowed takes it twice
	plan.Targets = plan.Targets[:1]
	plan.Targets[0].WebSocket = true
	return p.Observe(t.Context(), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: agent}}, nil, nil)
}

// resetKinds are the kinds that a client may call what probetest.Reset does: a
// reset, and under wine also the plain end of the connection. wine's server asks
// the socket for its error (SO_ERROR), which takes it away from who reads next.
func resetKinds() []observation.Kind {
	if probetest.Wine() {
		return []observation.Kind{observation.KindReset, observation.KindClosed}
	}
	return []observation.Kind{observation.KindReset}
}

func swallows(c net.Conn) { io.Copy(io.Discard, c); c.Close() }

// TestLargeHello: for an agent that sends the small one the large one is an
// experiment, which delays nothing.
func TestLargeHello(t *testing.T) {
	t.Run("reset by a filter", func(t *testing.T) {
		o := atFilter(t, probetest.Reset, smallAgent)
		if f := o.Targets[0].Addresses[0].Stages.Failure(); f != nil {
			t.Fatalf("the small hello failed: %v", f)
		}
		if len(o.LargeHello) != 3 {
			t.Fatalf("large hello = %+v, want it, its repeat, and one in small segments", o.LargeHello)
		}
		for _, e := range o.LargeHello[:2] {
			if f := e.Result.Failure(); !f.Of(resetKinds()...) {
				t.Errorf("%s: failure = %v, want a reset", e.Kind, f)
			}
		}
		if o.LargeHello[2].NotMade == "" {
			t.Error("small segments cannot be asked of an injected dialer, and that was not said")
		}
	})
	t.Run("swallowed", func(t *testing.T) {
		o := atFilter(t, swallows, smallAgent)
		if len(o.LargeHello) != 1 || !o.LargeHello[0].Result.Failure().Of(observation.KindUndecided) {
			t.Fatalf("large hello = %+v, want one that was cut off", o.LargeHello)
		}
		if limit := time.Duration(o.Plan.Timeout); time.Duration(o.Duration) >= limit {
			t.Errorf("the run took %v: it waited for the experiment", o.Duration)
		}
	})
}

// TestAgentsOwnHello: for an agent that sends the large one, a small one that passes does not count,
// unless the agent may send that too.
func TestAgentsOwnHello(t *testing.T) {
	for _, test := range []struct {
		name  string
		large func(net.Conn)
		size  observation.HelloSize
		// kinds are how the plain attempt may fail, and serves whether the target passes nevertheless.
		kinds  []observation.Kind
		serves bool
	}{
		{"large, reset", probetest.Reset, observation.HelloLarge, resetKinds(), false},
		{"large, swallowed", swallows, observation.HelloLarge, []observation.Kind{observation.KindTimeout}, false},
		{"not known, reset", probetest.Reset, "", resetKinds(), true},
		{"not known, swallowed", swallows, "", []observation.Kind{observation.KindTimeout}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := atFilter(t, test.large, observation.Agent{Hello: observation.AgentHello{Size: test.size}})
			a := o.Targets[0].Addresses[0]
			if !a.Stages.Failure().Of(test.kinds...) || !a.Handshake.Large {
				t.Errorf("attempt = %v, large %v; want the large hello and one of %v", a.Stages.Failure(), a.Handshake.Large, test.kinds)
			}
			if len(o.LargeHello) != 0 {
				t.Errorf("an agent that sends the large one had an experiment with it: %+v", o.LargeHello)
			}
			i := slices.IndexFunc(a.Experiments, func(e observation.Experiment) bool { return e.Kind == observation.ExperimentSmallHello })
			if i < 0 || a.Experiments[i].Result.Failure() != nil || a.Experiments[i].Result.Handshake.Large {
				t.Fatalf("experiments = %+v, want a small hello that passed", a.Experiments)
			}
			if counts, first := a.Settled(); counts.Serves() != test.serves || first != nil {
				t.Errorf("settled = %+v, %v; want served: %v", counts, first, test.serves)
			}
			if stands := a.StandIn() != nil; stands != test.serves {
				t.Errorf("stands in: %v, want %v", stands, test.serves)
			}
			if counts, _ := a.WebSocket.Settled(); (counts.Failure() == nil) != test.serves {
				t.Errorf("websocket = %+v, want it to follow the plain request", a.WebSocket)
			}
		})
	}
}
