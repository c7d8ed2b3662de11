package probe

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// A firstSegment is a connection whose first bytes were looked at already.
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

// filtered serves AWS's answers behind a box that does with a large
// ClientHello what it is told.
func filtered(t *testing.T, ca *testCA, large func(net.Conn)) netip.AddrPort {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, firstHost, time.Hour)}}
	conns := make(chan net.Conn)
	inner := &http.Server{Handler: http.HandlerFunc(aws), ErrorLog: quietLog()}
	l := &chanListener{conns: conns, done: make(chan struct{})}
	go inner.Serve(tls.NewListener(l, config))
	t.Cleanup(func() { inner.Close() })
	return listen(t, func(c net.Conn) {
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

// slowFromThird is a dialer that takes longer for the third connection to an
// address and those after it: the first two are the climb and the large hello.
func slowFromThird(by time.Duration, address string, dial dialFunc) dialFunc {
	var n atomic.Int32
	return func(ctx context.Context, network, to string) (net.Conn, error) {
		if to == address && n.Add(1) > 2 {
			time.Sleep(by)
		}
		return dial(ctx, network, to)
	}
}

// TestFirstTargetOfTheLargeHello: it is sent to the first target that is tried,
// and not through a proxy.
func TestFirstTargetOfTheLargeHello(t *testing.T) {
	ca := newCA(t, "Amazon")
	edge := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, secondHost, time.Hour)}}, aws)
	p := &Prober{
		RootCAs: ca.pool,
		LookupHost: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("10.0.1.102")}, nil
		},
		Dial: mapped(map[string]netip.AddrPort{
			"10.0.1.102:443": edge,
			"10.0.0.8:3128":  listenProxy(t, map[string]netip.AddrPort{firstHost + ":443": edge}, "user:secret"),
		}),
	}
	for _, test := range []struct {
		name   string
		change func(first *PlannedTarget)
	}{
		{"the first does not apply", func(first *PlannedTarget) { first.NotApplicable = "not offered in this Region" }},
		{"the first goes through a proxy", func(first *PlannedTarget) { first.proxyURL = mustURL(t, "http://user:secret@10.0.0.8:3128") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := smallPlan()
			test.change(&plan.Targets[0])
			got := p.Observe(t.Context(), plan, Node{Kind: NodeHybrid}, nil, nil).LargeHello
			if len(got) != 1 || got[0].Target != "ssmmessages" || got[0].Result.Failure() != nil {
				t.Errorf("large hello = %+v, want one that passed at ssmmessages", got)
			}
		})
	}
}

func TestLargeHello(t *testing.T) {
	ca := newCA(t, "Amazon")
	tests := []struct {
		name  string
		large func(net.Conn)
		later time.Duration // what the tries take longer to connect
		want  Kind
	}{
		{"reset by a filter", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() }, 0, KindReset},
		{"swallowed", func(c net.Conn) { io.Copy(io.Discard, c) }, 0, KindTimeout},
		{"swallowed, on a busy node", func(c net.Conn) { io.Copy(io.Discard, c) }, 300 * time.Millisecond, KindTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Prober{
				RootCAs:    ca.pool,
				LookupHost: noSuchName,
				Dial: slowFromThird(tt.later, "10.0.1.101:443", mapped(map[string]netip.AddrPort{
					"10.0.0.53:53":   listenDNS(t, zone(map[string]string{firstHost + ".": "10.0.1.101"}), nil),
					"10.0.1.101:443": filtered(t, ca, tt.large),
				})),
			}
			plan := smallPlan("10.0.0.53:53")
			plan.Targets = plan.Targets[:1]
			o := p.Observe(t.Context(), plan, Node{Kind: NodeHybrid}, nil, nil)
			if f := o.Targets[0].Addresses[0].Climb.Failure(); f != nil {
				t.Fatalf("the small hello failed: %v", f)
			}
			if len(o.LargeHello) != 3 {
				t.Fatalf("large hello = %+v, want it, its repeat, and one in small segments", o.LargeHello)
			}
			for _, e := range o.LargeHello[:2] {
				if f := e.Result.Failure(); !f.Of(tt.want) {
					t.Errorf("%s: failure = %v, want %s", e.Kind, f, tt.want)
				}
			}
			if o.LargeHello[2].NotMade == "" {
				t.Error("small segments cannot be asked of an injected dialer, and that was not said")
			}
		})
	}
}
