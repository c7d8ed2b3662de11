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

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// pipes returns a dialer whose connections are served in memory, each by the next server, and all
// further ones by the last.
func pipes(dialled *atomic.Int32, servers ...func(net.Conn)) attempt.DialFunc {
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

// hungUp reads what arrives, and hangs up after some time.
func hungUp(after time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		time.Sleep(after)
		c.Close()
	}
}

// TestServerHangsUpOnAStoppedProcess: every stage on the connection is repeated.
func TestServerHangsUpOnAStoppedProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := probetest.NewCA(t, "Amazon")
		config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}
		var dialled atomic.Int32
		p := &Prober{
			RootCAs: ca.Pool, heart: beating(t), Now: time.Now,
			Dial: pipes(&dialled, hungUp(2*time.Second), awsOver(config)),
			LookupHost: func(ctx context.Context, host string) ([]netip.Addr, error) {
				if host != probetest.FirstHost {
					return noSuchName(ctx, host)
				}
				return probetest.Addresses("10.0.1.101"), nil
			},
		}
		plan := smallPlan()
		plan.Timeout = 0
		// The first target would also send the large ClientHello.
		plan.Targets = []observation.PlannedTarget{
			{Target: endpoint.Target{Name: "none", Host: probetest.SecondHost, Port: 443}},
			{Target: endpoint.Target{Name: "ssm", Service: endpoint.SSM, Host: probetest.FirstHost, Port: 443}, Asked: true},
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), DefaultDeadline, attempt.ErrDeadline)
		defer cancel()
		time.Sleep(probetest.OddMoment)
		p.heart.StandStill(5 * time.Second)
		o := p.Observe(ctx, Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid}}, nil, nil)
		for _, a := range o.Targets[1].Addresses {
			if f := a.Stages.Failure(); f != nil || !a.Serves() || len(a.Experiments) > 0 {
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
				return probetest.Addresses("10.0.1.101"), nil
			},
		}
		plan := smallPlan()
		plan.Timeout, plan.AskMetadata = 0, true
		ctx, cancel := context.WithTimeoutCause(t.Context(), DefaultDeadline, attempt.ErrDeadline)
		defer cancel()
		start := time.Now()
		time.Sleep(probetest.OddMoment)
		p.heart.StandStill(16 * time.Second)
		o := p.Observe(ctx, Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeEC2}}, nil, nil)
		if took := time.Since(start); took > DefaultDeadline+time.Second {
			t.Errorf("took %s", took)
		}
		for _, target := range o.Targets[:2] {
			for _, a := range target.Addresses {
				if f := a.Stages.Failure(); !f.Of(observation.KindUndecided) || len(a.Experiments) > 0 {
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

// TestDateReadAfterAPause: if this process did not run meanwhile, when an answer arrived is not known,
// so it says nothing about the clock.
func TestDateReadAfterAPause(t *testing.T) {
	for _, pause := range []time.Duration{0, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ca := probetest.NewCA(t, "Amazon")
			config := &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, probetest.FirstHost, time.Hour)}}
			p := &Prober{RootCAs: ca.Pool, heart: beating(t), Now: time.Now}
			var dialled atomic.Int32
			p.Dial = pipes(&dialled, func(c net.Conn) {
				over := tls.Server(c, config)
				_, _ = over.Read(make([]byte, 4096))
				date := time.Now().UTC().Format(http.TimeFormat)
				time.Sleep(probetest.OddMoment)
				if pause > 0 {
					p.heart.StandStill(pause)
					time.Sleep(pause)
				}
				_, _ = io.WriteString(over, "HTTP/1.1 404 Not Found\r\nX-Amzn-Requestid: 8d3c7f52\r\nDate: "+date+"\r\nContent-Length: 0\r\n\r\n")
				c.Close()
			})
			c := p.attempt(t.Context(), directPath{to: netip.MustParseAddrPort("10.0.1.101:443"), hello: handshake.SmallHello(probetest.FirstHost), ask: reply.Request{Host: probetest.FirstHost, Path: "/"}})
			if c.Failure() != nil || c.Reply.Date.IsZero() || c.Reply.At.IsZero() != (pause > 0) {
				t.Errorf("after a pause of %s: %v, %+v", pause, c.Failure(), c.Reply)
			}
		})
	}
}
