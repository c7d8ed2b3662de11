package probe

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// stagesAt makes an attempt at a loopback address, with a time limit that no server which answers
// exceeds.
func stagesAt(t *testing.T, p *Prober, to netip.AddrPort) observation.Stages {
	t.Helper()
	if p.Timeout == 0 {
		p.Timeout = 20 * time.Second
	}
	return p.attempt(t.Context(), directPath{to: to, hello: handshake.SmallHello(probetest.FirstHost), ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
}

func TestClimbToTheTop(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	to := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}, probetest.Aws)
	c := stagesAt(t, &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second}, to)
	if f := c.Failure(); f != nil {
		t.Fatalf("failed: %v", f)
	}
	if !c.Handshake.Verified || !c.Handshake.Trusted || !c.Handshake.NameMatches || !c.Handshake.InTime {
		t.Errorf("handshake = %+v, want everything verified", c.Handshake)
	}
	if got := c.Handshake.Certificates[0].IssuerOrgs; len(got) != 1 || got[0] != "Amazon" {
		t.Errorf("issuer = %q, want Amazon", got)
	}
	if c.Reply.RequestID == "" || c.Reply.Status != 404 || c.Reply.ErrorCode != "UnknownOperationException" {
		t.Errorf("reply = %+v, want AWS's 404", c.Reply)
	}
	if c.Connect.Local.String() != "127.0.0.1" {
		t.Errorf("local = %v, want 127.0.0.1", c.Connect.Local)
	}
}

func TestClimbFails(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	cert := func(host string) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, host, time.Hour)}}
	}
	tests := []struct {
		name  string
		serve func(t *testing.T) netip.AddrPort
		op    observation.Op
		kinds []observation.Kind
	}{
		{"nobody listens", func(t *testing.T) netip.AddrPort {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			return l.Addr().(*net.TCPAddr).AddrPort()
		}, observation.OpConnect, []observation.Kind{observation.KindConnectionRefused}},
		{"silence after the connection", func(t *testing.T) netip.AddrPort {
			return probetest.Listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		}, observation.OpHandshake, []observation.Kind{observation.KindTimeout}},
		{"closed after the hello", func(t *testing.T) netip.AddrPort {
			return probetest.Listen(t, func(c net.Conn) { c.Read(make([]byte, 2048)); c.Close() })
		}, observation.OpHandshake, []observation.Kind{observation.KindClosed, observation.KindReset}},
		{"reset after the hello", func(t *testing.T) netip.AddrPort {
			return probetest.Listen(t, func(c net.Conn) {
				c.Read(make([]byte, 2048))
				probetest.Reset(c)
			})
		}, observation.OpHandshake, resetKinds()},
		{"plain HTTP", func(t *testing.T) netip.AddrPort {
			return probetest.Listen(t, func(c net.Conn) {
				c.Read(make([]byte, 2048))
				io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
				c.Close()
			})
		}, observation.OpHandshake, []observation.Kind{observation.KindNotTLS}},
		{"an alert", func(t *testing.T) netip.AddrPort {
			config := cert(probetest.FirstHost)
			config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, io.ErrUnexpectedEOF }
			return probetest.ListenTLS(t, config, probetest.Aws)
		}, observation.OpHandshake, []observation.Kind{observation.KindTLSAlert}},
		{"TLS, and no answer", func(t *testing.T) netip.AddrPort {
			return probetest.ListenTLS(t, cert(probetest.FirstHost), func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		}, observation.OpReply, []observation.Kind{observation.KindTimeout}},
		{"TLS, and closed before an answer", func(t *testing.T) netip.AddrPort {
			return probetest.ListenTLS(t, cert(probetest.FirstHost), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, observation.OpReply, []observation.Kind{observation.KindClosed, observation.KindReset}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &Prober{RootCAs: ca.Pool}
			if slices.Contains(tt.kinds, observation.KindTimeout) {
				p.Timeout = 400 * time.Millisecond // for the silence, and
				if tt.op == observation.OpReply {
					p.Timeout = 2 * time.Second // the handshake before it answers
				}
			}
			c := stagesAt(t, p, tt.serve(t))
			f := c.Failure()
			if f == nil || f.Op != tt.op || !f.Of(tt.kinds...) {
				t.Fatalf("failure = %#v, want %s with one of %v", f, tt.op, tt.kinds)
			}
		})
	}
}

func TestFirstBytesOfWhatIsNotTLS(t *testing.T) {
	to := probetest.Listen(t, func(c net.Conn) {
		c.Read(make([]byte, 2048))
		io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		c.Close()
	})
	c := stagesAt(t, &Prober{}, to)
	if got := c.Handshake.FirstBytes; !strings.HasPrefix(got, `"HTTP/1.1 400 Bad Request`) {
		t.Errorf("first bytes = %s, want the status line, quoted", got)
	}
}

func TestCertificatesThatDoNotVerify(t *testing.T) {
	amazon, box := probetest.NewCA(t, "Amazon"), probetest.NewCA(t, "Corporate Proxy")
	tests := []struct {
		name                         string
		cert                         tls.Certificate
		nameMatches, inTime, trusted bool
	}{
		{"another host's", amazon.Issue(t, "elsewhere.example", time.Hour), false, true, true},
		{"a CA that nobody knows", box.Issue(t, probetest.FirstHost, time.Hour), true, true, false},
		{"expired", amazon.Issue(t, probetest.FirstHost, -time.Hour), true, false, true},
		{"expired, of another host, by another CA", box.Issue(t, "elsewhere.example", -time.Hour), false, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			to := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{tt.cert}}, probetest.Aws)
			c := stagesAt(t, &Prober{RootCAs: amazon.Pool, Timeout: 5 * time.Second}, to)
			h := c.Handshake
			if h == nil || h.Failure != nil {
				t.Fatalf("handshake = %+v, want one that succeeds unverified", h)
			}
			if h.Verified || h.VerifyText == "" {
				t.Errorf("verified = %v, text %q, want it not to verify, and why", h.Verified, h.VerifyText)
			}
			if h.NameMatches != tt.nameMatches || h.InTime != tt.inTime || h.Trusted != tt.trusted {
				t.Errorf("name matches, in time, trusted = %v, %v, %v, want %v, %v, %v",
					h.NameMatches, h.InTime, h.Trusted, tt.nameMatches, tt.inTime, tt.trusted)
			}
			if c.Reply == nil || c.Reply.RequestID == "" {
				t.Errorf("reply = %+v, want every stage made all the same", c.Reply)
			}
		})
	}
}

// The Date header is a fact, with the moment of the answer: diagnose works the
// node's clock out of them.
func TestDateHeader(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	date := time.Now().Add(-10 * time.Minute).UTC().Truncate(time.Second)
	to := probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}},
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", date.Format(http.TimeFormat))
			probetest.Aws(w, r)
		})
	before := time.Now()
	c := stagesAt(t, &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second}, to)
	if r := c.Reply; !r.Date.Equal(date) || r.At.Before(before) || r.At.After(time.Now()) {
		t.Errorf("date %v, answered at %v, want %v and between %v and now", r.Date, r.At, date, before)
	}
}

func TestAgentsSmallHello(t *testing.T) {
	sizes := make(chan int, 2)
	to := probetest.Listen(t, func(c net.Conn) {
		n, _ := c.Read(make([]byte, 16<<10))
		sizes <- n
		c.Close()
	})
	p := &Prober{Timeout: 20 * time.Second}
	p.handshakeOnly(t.Context(), directPath{to: to, hello: handshake.SmallHello(probetest.FirstHost)})
	if small := <-sizes; small > 500 {
		t.Errorf("the hello is %d bytes, want it as small as the agent's", small)
	}
	p.handshakeOnly(t.Context(), directPath{to: to, hello: handshake.ClientHello{ServerName: probetest.FirstHost, VerifyName: probetest.FirstHost, Large: true}})
	if large := <-sizes; large < 1200 {
		t.Errorf("the large hello is %d bytes, want more than one segment", large)
	}
}

func TestWhoseTimeWasOver(t *testing.T) {
	to := probetest.Listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	tests := []struct {
		name  string
		cause error
		after time.Duration
		want  observation.Kind
	}{
		{"the attempt's", nil, 0, observation.KindTimeout},
		{"a person's patience", attempt.ErrInterrupted, 50 * time.Millisecond, observation.KindInterrupted},
		{"the run's, and the attempt was young", attempt.ErrDeadline, 50 * time.Millisecond, observation.KindUndecided},
		{"the run's, and the attempt was old", attempt.ErrDeadline, attempt.MatureAge + 2*time.Second, observation.KindTimeout},
		{"nobody waits any more", attempt.ErrNotNeeded, 50 * time.Millisecond, observation.KindUndecided},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			p := &Prober{Timeout: 300 * time.Millisecond}
			if tt.cause != nil {
				p.Timeout = time.Minute
				time.AfterFunc(tt.after, func() { cancel(tt.cause) })
			}
			c := p.attempt(ctx, directPath{to: to, hello: handshake.SmallHello(probetest.FirstHost), ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
			if f := c.Failure(); f == nil || f.Kind != tt.want {
				t.Errorf("failure = %v, want %s", f, tt.want)
			}
		})
	}
}

func TestEndlessRepliesAreCutOff(t *testing.T) {
	ca := probetest.NewCA(t, "Amazon")
	config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}
	t.Run("a body without end", func(t *testing.T) {
		to := probetest.ListenTLS(t, config, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		})
		c := stagesAt(t, &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second}, to)
		if c.Reply == nil || c.Reply.Status != 200 || len(c.Reply.Body) > 3*reply.MaxBodyKept {
			t.Errorf("reply = %+v, want its beginning", c.Reply)
		}
	})
	t.Run("headers without end", func(t *testing.T) {
		to := probetest.ListenTLS(t, config, func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for {
				if _, err := io.WriteString(conn, "X-A: "+strings.Repeat("a", 1000)+"\r\n"); err != nil {
					return
				}
			}
		})
		c := stagesAt(t, &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second}, to)
		if c.Reply == nil || c.Reply.Failure == nil {
			t.Errorf("reply = %+v, want a failure", c.Reply)
		}
	})
	t.Run("a redirect is not followed", func(t *testing.T) {
		to := probetest.ListenTLS(t, config, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		})
		c := stagesAt(t, &Prober{RootCAs: ca.Pool, Timeout: 5 * time.Second}, to)
		if c.Reply == nil || c.Reply.Status != 302 || c.Reply.Location == "" {
			t.Errorf("reply = %+v, want the redirect itself", c.Reply)
		}
	})
}
