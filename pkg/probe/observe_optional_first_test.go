package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// unrouted dials in memory, and has no route to some addresses.
func unrouted(to ...string) attempt.DialFunc {
	return func(_ context.Context, network, address string) (net.Conn, error) {
		if slices.Contains(to, address) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syserr.NetUnreachable)}
		}
		mine, theirs := net.Pipe()
		_ = theirs.Close()
		return mine, nil
	}
}

// ssmAndKMS is a required target and an optional one.
func ssmAndKMS() observation.Plan {
	p := smallPlan()
	p.Targets = append(p.Targets[:1], observation.PlannedTarget{Target: endpoint.Target{Name: "kms", Service: endpoint.KMS, Host: kmsHost, Port: 443}})
	return p
}

// TestOptionalFirstRouted: the one address at which an optional target is probed
// is the first that the routing table has a way to; a required target is probed
// at all.
func TestOptionalFirstRouted(t *testing.T) {
	p := &Prober{Dial: unrouted("10.0.1.1:443")}
	r := newRun(t.Context(), p, Job{Plan: ssmAndKMS()}, node.Local{}, nil)
	defer r.end()
	for i, want := range [][]bool{{true, true, true}, {true, true, false}} {
		target := r.targets[i]
		for j, a := range probetest.Addresses("10.0.1.1 10.0.1.2 10.0.1.3") {
			if got := target.admit(t.Context(), a); got != want[j] {
				t.Errorf("%s at %s: tried %t, want %t", target.plan.Name, a, got, want[j])
			}
		}
	}
	if left := r.targets[1].untried; !slices.Equal(left, probetest.Addresses("10.0.1.3")) {
		t.Errorf("left out %v, want the third", left)
	}
}

// TestUnneeded: which targets a run does not depend on.
func TestUnneeded(t *testing.T) {
	serves := observation.Stages{Connect: &observation.Connect{}, Handshake: &observation.Handshake{Verified: true, NameMatches: true}, Reply: &observation.Reply{Status: 404, RequestID: "1-2-3"}}
	for _, test := range []struct {
		name                      string
		target                    int
		doubted, websocket, wants bool
	}{
		{"ssm", 0, false, true, false},
		{"ec2messages", 2, false, false, true},
		{"ec2messages, which a doubt has probed whole", 2, true, true, true},
		{"ec2messages, and ssmmessages fails", 2, true, false, false},
		{"kms", 3, false, false, true},
	} {
		plan := newOptionalWorld(t, nil).plan
		r := newRun(t.Context(), new(Prober), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: observation.Agent{Version: recentAgent}}}, nil)
		if test.websocket {
			a := netip.MustParseAddr("10.0.1.2")
			r.targets[1].seen[a] = &observation.AddressObservation{Address: a, Stages: serves, WebSocket: &observation.WebSocket{Stages: serves}}
		}
		r.targets[test.target].everywhere.Store(test.doubted)
		if got := r.targets[test.target].unneeded(); got != test.wants {
			t.Errorf("%s: %t, want %t", test.name, got, test.wants)
		}
		r.end()
	}
}

// TestGroupsEndAtOnce: a run whose time is over before it begins. The deadline ends what is required
// or may be; what is optional was not waited for. The race detector notices if a group ends while
// targets are still being added.
func TestGroupsEndAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(attempt.ErrDeadline)
	plan := newOptionalWorld(t, nil).plan
	for range 50 {
		r := newRun(ctx, new(Prober), Job{Plan: plan}, node.Local{Node: observation.Node{Kind: observation.NodeHybrid, Agent: observation.Agent{Version: recentAgent}}}, nil)
		<-r.channel.ctx.Done()
		<-r.optional.ctx.Done()
		if channel, optional := context.Cause(r.channel.ctx), context.Cause(r.optional.ctx); !errors.Is(channel, attempt.ErrDeadline) || !errors.Is(optional, attempt.ErrNotWaitedFor) {
			t.Fatalf("ec2messages, which is required without ssmmessages, ended by %q and kms by %q", channel, optional)
		}
		r.end()
	}
}

// TestStandInForARoute: an address without a route needs no stand-in, as the others have already
// replaced it.
func TestStandInForARoute(t *testing.T) {
	next := netip.MustParseAddr("10.0.1.2")
	for kind, want := range map[observation.Kind]bool{observation.KindTimeout: true, observation.KindConnectionRefused: true, observation.KindNoRoute: false, observation.KindNoFamily: false} {
		r := newRun(t.Context(), &Prober{Dial: unrouted(), Timeout: 100 * time.Millisecond}, Job{Plan: ssmAndKMS()}, node.Local{}, nil)
		target := r.targets[0]
		open := &connection{done: make(chan struct{}), seen: observation.AddressObservation{Address: next}}
		open.seen.Connect = new(observation.Connect)
		close(open.done)
		target.connections = map[netip.Addr]*connection{next: open}
		failed := &observation.Connect{Failure: &observation.Failure{Op: observation.OpConnect, Kind: kind}}
		target.standIn(t.Context(), observation.Stages{Connect: failed})
		if got := target.seen[next] != nil; got != want {
			t.Errorf("after %s: probed in full %t, want %t", kind, got, want)
		}
		r.end()
	}
}

// TestOptionalTrouble: the failure of an optional name calls for no further
// questions to its nameserver, for which the required ones would wait.
func TestOptionalTrouble(t *testing.T) {
	w := newOptionalWorld(t, nil)
	names := probetest.Zone(map[string]string{probetest.FirstHost + ".": "10.0.1.1", probetest.SecondHost + ".": "10.0.1.2", channelHost + ".": "10.0.1.3"})
	failed := make(chan struct{})
	server := probetest.ListenDNS(t, func(rw dns.ResponseWriter, q *dns.Msg) {
		switch question := q.Question[0]; {
		case question.Name == kmsHost+"." && question.Qtype == dns.TypeA:
			_ = rw.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeServerFailure))
			close(failed)
		case question.Name == probetest.SecondHost+"." && question.Qtype == dns.TypeAAAA:
			<-failed // which is in before the last answer that is required
			time.Sleep(100 * time.Millisecond)
			names(rw, q)
		case question.Name == "com.": // the control query
		default:
			names(rw, q)
		}
	}, nil)
	dial := w.prober.Dial
	w.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ":53") {
			address = server.String()
		}
		return dial(ctx, network, address)
	}
	w.plan.Timeout = observation.Elapsed(10 * time.Second)
	_, _, o := w.observe(t, recentAgent)
	if s := o.Servers[0]; s.ControlQuery != nil || s.OverTCP != nil || s.ControlHost != nil {
		t.Errorf("asked for more: control query %+v, over TCP %+v, outside %+v", s.ControlQuery, s.OverTCP, s.ControlHost)
	}
}
