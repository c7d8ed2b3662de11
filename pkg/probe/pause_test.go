package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// pipes gives a dialer whose connections are served in the memory of the test,
// each by the next of the servers, the last one by all that follow.
func pipes(dialled *atomic.Int32, servers ...func(net.Conn)) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" {
			return nil, errors.New("no datagrams")
		}
		mine, theirs := net.Pipe()
		n := int(dialled.Add(1))
		go servers[min(n, len(servers))-1](theirs)
		return mine, nil
	}
}

// awsOver serves TLS and AWS's answer on one connection.
func awsOver(config *tls.Config) func(net.Conn) {
	return func(c net.Conn) {
		defer c.Close()
		over := tls.Server(c, config)
		buf := make([]byte, 4096)
		if _, err := over.Read(buf); err != nil {
			return
		}
		_, _ = io.WriteString(over, "HTTP/1.1 404 Not Found\r\nX-Amzn-Requestid: 8d3c7f52\r\nDate: "+
			time.Now().UTC().Format(http.TimeFormat)+"\r\nContent-Length: 0\r\n\r\n")
	}
}

// hungUp reads what comes, and hangs up after some time.
func hungUp(after time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		time.Sleep(after)
		c.Close()
	}
}

// TestServerHangsUpOnAStoppedProcess: every stage on a connection is made anew.
func TestServerHangsUpOnAStoppedProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := newCA(t, "Amazon")
		config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, firstHost, time.Hour)}}
		var dialled atomic.Int32
		p := &Prober{
			RootCAs: ca.pool, heart: beating(t), Now: time.Now,
			Dial: pipes(&dialled, hungUp(2*time.Second), awsOver(config)),
			LookupHost: func(ctx context.Context, host string) ([]netip.Addr, error) {
				if host != firstHost {
					return noSuchName(ctx, host)
				}
				return addresses("10.0.1.101"), nil
			},
		}
		plan := smallPlan()
		plan.Timeout = 0
		// The first target would also send the large ClientHello.
		plan.Targets = []observation.PlannedTarget{
			{Target: endpoint.Target{Name: "none", Host: secondHost, Port: 443}},
			{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: firstHost, Port: 443}, Asked: true},
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), DefaultDeadline, ErrDeadline)
		defer cancel()
		time.Sleep(odd)
		p.heart.stopFor(5 * time.Second)
		o := p.Observe(ctx, Job{Plan: plan}, LocalNode{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
		for _, a := range o.Targets[1].Addresses {
			if f := a.Climb.Failure(); f != nil || !a.Serves() || len(a.Experiments) > 0 {
				t.Errorf("%v, with %+v; want AWS's answer by a connection of its own", f, a.Experiments)
			}
		}
		if o.Ending != observation.EndingComplete || len(o.Pauses) == 0 || o.Paused == 0 {
			t.Errorf("ending %s, pauses %v of %s", o.Ending, o.Pauses, o.Paused)
		}
	})
}

func TestPausePastTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dialled atomic.Int32
		p := &Prober{
			heart: beating(t), Now: time.Now,
			Dial: pipes(&dialled, hungUp(2*time.Second)),
			LookupHost: func(_ context.Context, host string) ([]netip.Addr, error) {
				return addresses("10.0.1.101"), nil
			},
		}
		plan := smallPlan()
		plan.Timeout, plan.AskMetadata = 0, true
		ctx, cancel := context.WithTimeoutCause(t.Context(), DefaultDeadline, ErrDeadline)
		defer cancel()
		start := time.Now()
		time.Sleep(odd)
		p.heart.stopFor(16 * time.Second)
		o := p.Observe(ctx, Job{Plan: plan}, LocalNode{Node: observation.Node{Kind: observation.NodeEC2}}, nil, nil)
		if took := time.Since(start); took > DefaultDeadline+time.Second {
			t.Errorf("took %s", took)
		}
		for _, target := range o.Targets[:2] {
			for _, a := range target.Addresses {
				if f := a.Climb.Failure(); !f.Of(observation.KindUndecided) || len(a.Experiments) > 0 {
					t.Errorf("%s: %v, with %+v; want it undecided", target.Name, f, a.Experiments)
				}
			}
		}
		if !o.Metadata.Failure.Of(observation.KindUndecided) {
			t.Errorf("metadata: %v", o.Metadata.Failure)
		}
		time.Sleep(3 * time.Second) // the servers end
	})
}

// TestDateReadAfterAPause: when an answer came is not known where this process
// did not run meanwhile, so that it tells nothing of the clock.
func TestDateReadAfterAPause(t *testing.T) {
	for _, pause := range []time.Duration{0, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ca := newCA(t, "Amazon")
			config := &tls.Config{Certificates: []tls.Certificate{ca.issue(t, firstHost, time.Hour)}}
			p := &Prober{RootCAs: ca.pool, heart: beating(t), Now: time.Now}
			var dialled atomic.Int32
			p.Dial = pipes(&dialled, func(c net.Conn) {
				over := tls.Server(c, config)
				_, _ = over.Read(make([]byte, 4096))
				date := time.Now().UTC().Format(http.TimeFormat)
				time.Sleep(odd)
				if pause > 0 {
					p.heart.stopFor(pause)
					time.Sleep(pause)
				}
				_, _ = io.WriteString(over, "HTTP/1.1 404 Not Found\r\nX-Amzn-Requestid: 8d3c7f52\r\nDate: "+date+"\r\nContent-Length: 0\r\n\r\n")
				c.Close()
			})
			c := p.climb(t.Context(), ascent{to: netip.MustParseAddrPort("10.0.1.101:443"), hello: plainHello(firstHost), ask: request{host: firstHost, path: "/"}})
			if c.Failure() != nil || c.Reply.Date.IsZero() || c.Reply.At.IsZero() != (pause > 0) {
				t.Errorf("after a pause of %s: %v, %+v", pause, c.Failure(), c.Reply)
			}
		})
	}
}

// TestQuestionPutAnew: both over UDP and over TCP.
func TestQuestionPutAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Prober{heart: beating(t)}
		var silent atomic.Bool
		p.Dial = func(_ context.Context, network, _ string) (net.Conn, error) {
			mine, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				conn := &dns.Conn{Conn: theirs}
				for {
					buf := make([]byte, 4096)
					if network == "tcp" {
						_, _ = io.ReadFull(theirs, buf[:2])
					}
					n, err := theirs.Read(buf)
					if err != nil {
						return
					}
					if silent.Load() {
						continue
					}
					q := new(dns.Msg)
					if q.Unpack(buf[:n]) != nil {
						return
					}
					m := new(dns.Msg).SetReply(q)
					m.Answer = []dns.RR{addressRecord(q.Question[0].Name, "10.0.1.101")}
					b, _ := m.Pack()
					if network == "tcp" {
						_ = conn.WriteMsg(m)
					} else {
						_, _ = theirs.Write(b)
					}
				}
			}()
			return mine, nil
		}
		x, failure := p.dialServer(t.Context(), netip.MustParseAddrPort("10.0.0.2:53"))
		if failure != nil {
			t.Fatal(failure)
		}
		defer x.close()
		for transport, ask := range map[string]func(context.Context, string, uint16) observation.Answer{"udp": x.ask, "tcp": x.askTCP} {
			silent.Store(true) // what it said while this process stood still is lost
			time.Sleep(odd)
			p.heart.stopFor(4 * time.Second)
			time.AfterFunc(4*time.Second, func() { silent.Store(false) })
			a := ask(t.Context(), firstHost, dns.TypeA)
			if a.Failure != nil || len(a.Addresses) != 1 || a.Transport != transport {
				t.Errorf("over %s: %+v", transport, a)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestMetadataAfterAPause(t *testing.T) {
	for _, test := range []struct {
		deadline time.Duration
		want     observation.Kind // "": it answers
	}{{15 * time.Second, ""}, {1500 * time.Millisecond, observation.KindUndecided}} {
		synctest.Test(t, func(t *testing.T) {
			inner := &imdsServer{paths: healthyIMDS()}
			var asked atomic.Int32
			p := listenIMDS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 1 { // it waits for some time, and hangs up
					time.Sleep(2 * time.Second)
					panic(http.ErrAbortHandler)
				}
				inner.ServeHTTP(w, r)
			}))
			p.heart = beating(t)
			ctx, cancel := context.WithTimeoutCause(t.Context(), test.deadline, ErrDeadline)
			defer cancel()
			time.Sleep(odd)
			p.heart.stopFor(10 * time.Second)
			got := p.StartMetadata(ctx).Wait(ctx)
			if test.want == "" && !got.Present() || test.want != "" && !got.Failure.Of(test.want) {
				t.Errorf("deadline %s: %+v", test.deadline, got)
			}
			time.Sleep(3 * time.Second) // the server ends
		})
	}
}

func TestLookAtNodeAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		p := bare(nil)
		p.heart = beating(t)
		p.Files = hangingFS{root(map[string]string{"etc/resolv.conf": "nameserver 10.0.0.53\n"}), "etc/resolv.conf", hang}
		time.Sleep(odd)
		p.heart.stopFor(10 * time.Second)
		time.AfterFunc(10*time.Second+odd, func() { close(hang) })
		if got := p.LookAtNode(t.Context()); len(got.Resolver.Servers) != 1 {
			t.Errorf("nameservers %v: %v", got.Resolver.Servers, got.Resolver.Failure)
		}
	})
}

// TestShortPausesExcuseNothing: on a busy machine a server that hangs up has done
// so by itself, and silence was waited for in time that ran.
func TestShortPausesExcuseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := beating(t)
		for _, f := range []*observation.Failure{{Op: observation.OpHandshake, Kind: observation.KindReset}, {Op: observation.OpConnect, Kind: observation.KindTimeout}} {
			time.Sleep(odd)
			busy := h.now()
			for range 10 {
				h.stopFor(200 * time.Millisecond)
				time.Sleep(200*time.Millisecond + odd)
			}
			if d := busy.spoils(f); d != 0 {
				t.Errorf("%s is excused by short pauses, %s in all", f.Kind, d)
			}
			stopped := h.now()
			h.stopFor(time.Second)
			time.Sleep(time.Second + odd)
			if stopped.spoils(f) == 0 {
				t.Errorf("%s after a second of standing still stands", f.Kind)
			}
		}
	})
}
