package probe

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// An optionalWorld is ssm, ssmmessages and ec2messages, which are asked for, and
// kms, which is not.
type optionalWorld struct {
	prober *Prober
	plan   observation.Plan
	// silent are the addresses that neither accept a connection nor answer.
	silent map[string]bool
}

const (
	channelHost = "ec2messages.us-east-2.amazonaws.com"
	kmsHost     = "kms.us-east-2.amazonaws.com"
)

func newOptionalWorld(t *testing.T, messages http.HandlerFunc) *optionalWorld {
	t.Helper()
	ca := probetest.NewCA(t, "Amazon")
	names, to := map[string]string{}, map[string]netip.AddrPort{}
	w := &optionalWorld{silent: map[string]bool{}, plan: smallPlan("10.0.0.53:53")}
	w.plan.Targets = w.plan.Targets[:2]
	w.plan.Targets = append(w.plan.Targets,
		observation.PlannedTarget{Target: endpoint.Target{Name: "ec2messages", Service: endpoint.EC2Messages, Host: channelHost, Port: 443}, Asked: true},
		observation.PlannedTarget{Target: endpoint.Target{Name: "kms", Service: endpoint.KMS, Host: kmsHost, Port: 443}})
	for i, target := range w.plan.Targets {
		address := "10.0.1." + string(rune('1'+i))
		handler := http.HandlerFunc(probetest.Aws)
		if target.Name == "ssmmessages" && messages != nil {
			handler = messages
		}
		names[target.Host+"."] = address
		to[address+":443"] = probetest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.Issue(t, target.Host, time.Hour)}}, handler)
	}
	to["10.0.0.53:53"] = probetest.ListenDNS(t, probetest.Zone(names), nil)
	dial := probetest.Mapped(to)
	w.prober = &Prober{RootCAs: ca.Pool, LookupHost: noSuchName, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && w.silent[address] {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return dial(ctx, network, address)
	}}
	return w
}

func (w *optionalWorld) observe(t *testing.T, agent string) (kms, channel observation.TargetObservation, o *observation.Observations) {
	o = w.prober.Observe(t.Context(), Job{Plan: w.plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: observation.Agent{Version: agent}}}, nil, nil)
	for _, target := range o.Targets {
		switch target.Name {
		case "kms":
			kms = target
		case "ec2messages":
			channel = target
		default:
			if target.NotWaitedFor {
				t.Errorf("%s is required, and was not waited for", target.Name)
			}
		}
	}
	return kms, channel, o
}

const recentAgent = "3.3.1142.0"

// TestOptionalNotWaitedFor: a silent optional target does not hold the run up.
func TestOptionalNotWaitedFor(t *testing.T) {
	w := newOptionalWorld(t, nil)
	w.silent["10.0.1.4:443"], w.silent["10.0.1.3:443"] = true, true
	kms, channel, o := w.observe(t, recentAgent)
	for _, target := range []observation.TargetObservation{kms, channel} {
		if !target.NotWaitedFor || len(target.Addresses) != 1 || !target.Addresses[0].Failure().Of(observation.KindUndecided) {
			t.Errorf("%s: %+v, want one address that is undecided, and was not waited for", target.Name, target)
		}
	}
	if o.Ending != observation.EndingComplete {
		t.Errorf("ended by %q, want complete", o.Ending)
	}
}

// TestOptionalInTime: a target that answers is neither marked nor cut off.
func TestOptionalInTime(t *testing.T) {
	kms, channel, _ := newOptionalWorld(t, nil).observe(t, recentAgent)
	for _, target := range []observation.TargetObservation{kms, channel} {
		if target.NotWaitedFor || len(target.Addresses) != 1 || !target.Addresses[0].Serves() {
			t.Errorf("%s: %+v, want an answer", target.Name, target)
		}
	}
}

// TestChannelWaitedFor: ec2messages is required if the agent needs it, if the agent's version is not
// known, or if the WebSocket of ssmmessages fails.
func TestChannelWaitedFor(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			probetest.Aws(w, r)
			return
		}
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			c.Close()
		}
	}
	for _, test := range []struct {
		name, agent string
		messages    http.HandlerFunc
		waits       bool
	}{
		{"a recent agent", recentAgent, nil, false},
		{"the first that does without", "3.3.40.0", nil, false},
		{"an old agent", "3.2.2303.0", nil, true},
		{"not known", "", nil, true},
		{"no WebSocket", recentAgent, cut, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newOptionalWorld(t, test.messages)
			w.plan.Timeout = observation.Elapsed(300 * time.Millisecond)
			if !test.waits {
				w.plan.Timeout = observation.Elapsed(5 * time.Second) // longer than any grace
			}
			w.silent["10.0.1.3:443"] = true
			_, channel, _ := w.observe(t, test.agent)
			silent := len(channel.Addresses) == 1 && channel.Addresses[0].Failure().Of(observation.KindTimeout)
			if channel.NotWaitedFor == test.waits || silent != test.waits {
				t.Errorf("%+v, waited for: want %t", channel, test.waits)
			}
		})
	}
}

// TestOptionalAtTheDeadline: an open attempt at an optional target counts as
// silent at no age.
func TestOptionalAtTheDeadline(t *testing.T) {
	w := newOptionalWorld(t, nil)
	w.silent["10.0.1.4:443"], w.silent["10.0.1.1:443"] = true, true
	w.plan.Timeout = observation.Elapsed(time.Minute)
	ctx, cancel := context.WithTimeoutCause(t.Context(), attempt.MatureAge+2*time.Second, attempt.ErrDeadline)
	defer cancel()
	o := w.prober.Observe(ctx, Job{Plan: w.plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: observation.Agent{Version: recentAgent}}}, nil, nil)
	ssm, kms := o.Targets[0], o.Targets[3]
	if o.Ending != observation.EndingDeadline || !ssm.Addresses[0].Failure().Of(observation.KindTimeout) || ssm.NotWaitedFor {
		t.Errorf("ssm, which is required: %+v, ended by %q, want silence", ssm, o.Ending)
	}
	if !kms.NotWaitedFor || !kms.Addresses[0].Failure().Of(observation.KindUndecided) {
		t.Errorf("kms, which is not: %+v, want it undecided", kms)
	}
}

// TestOptionalInterrupted: an interrupt is reported as one.
func TestOptionalInterrupted(t *testing.T) {
	w := newOptionalWorld(t, nil)
	w.silent["10.0.1.4:443"], w.silent["10.0.1.1:443"] = true, true
	ctx, cancel := context.WithCancelCause(t.Context())
	dial := w.prober.Dial
	w.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && address == "10.0.1.4:443" {
			time.AfterFunc(50*time.Millisecond, func() { cancel(attempt.ErrInterrupted) })
		}
		return dial(ctx, network, address)
	}
	o := w.prober.Observe(ctx, Job{Plan: w.plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: observation.Agent{Version: recentAgent}}}, nil, nil)
	if kms := o.Targets[3]; o.Ending != observation.EndingInterrupted || kms.NotWaitedFor || !kms.Addresses[0].Failure().Of(observation.KindInterrupted) {
		t.Errorf("%+v, ended by %q, want it interrupted", kms, o.Ending)
	}
}

// TestOptionalSockets: however many optional attempts are open, a required one
// finds a socket.
func TestOptionalSockets(t *testing.T) {
	s := attempt.NewSockets()
	ctx := newOptionalGroup(t.Context()).ctx
	for range cap(s.Optional) {
		if _, failure := s.Acquire(ctx, observation.OpConnect); failure != nil {
			t.Fatal(failure)
		}
	}
	ended, cancel := context.WithCancelCause(ctx)
	cancel(attempt.ErrNotWaitedFor)
	if _, failure := s.Acquire(ended, observation.OpConnect); !failure.Of(observation.KindUndecided) {
		t.Errorf("one optional attempt more: %v, want it undecided", failure)
	}
	for range cap(s.All) - cap(s.Optional) {
		if _, ok := s.TryAcquire(); !ok {
			t.Fatal("optional attempts took the sockets of required ones")
		}
	}
}

// TestGrace: three round trips, within its bounds.
func TestGrace(t *testing.T) {
	for trip, want := range map[time.Duration]time.Duration{
		0: 100 * time.Millisecond, 20 * time.Millisecond: 100 * time.Millisecond,
		100 * time.Millisecond: 300 * time.Millisecond, 700 * time.Millisecond: time.Second,
	} {
		a := netip.MustParseAddr("10.0.1.1")
		direct := &targetRun{seen: map[netip.Addr]*observation.AddressObservation{a: {Stages: observation.Stages{Connect: &observation.Connect{Elapsed: observation.Elapsed(trip)}}}}}
		proxied := &targetRun{proxy: &observation.ProxyObservation{Connect: &observation.Connect{Elapsed: 1}, Tunnel: &observation.Reply{Elapsed: observation.Elapsed(trip)}}}
		failed := &targetRun{seen: map[netip.Addr]*observation.AddressObservation{a: {Stages: observation.Stages{Connect: &observation.Connect{Elapsed: observation.Elapsed(time.Hour), Failure: new(observation.Failure)}}}}}
		for name, target := range map[string]*targetRun{"direct": direct, "through a proxy": proxied} {
			if got := (&run{targets: []*targetRun{target, failed}}).grace(); got != want {
				t.Errorf("%s, %s: %s, want %s", name, trip, got, want)
			}
		}
	}
}
