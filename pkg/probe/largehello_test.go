package probe

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
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

func TestLargeHello(t *testing.T) {
	ca := newCA(t, "Amazon")
	tests := []struct {
		name  string
		large func(net.Conn)
		want  Kind
	}{
		{"reset by a filter", func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() }, KindReset},
		{"swallowed", func(c net.Conn) { io.Copy(io.Discard, c) }, KindTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &Prober{
				RootCAs:    ca.pool,
				LookupHost: noSuchName,
				Dial: mapped(map[string]netip.AddrPort{
					"10.0.0.53:53":   listenDNS(t, zone(map[string]string{firstHost + ".": "10.0.1.101"}), nil),
					"10.0.1.101:443": filtered(t, ca, tt.large),
				}),
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
