package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// experiments makes the experiments that distinguish the causes of a failed attempt, all at
// once, and returns them in a fixed order. It makes none if the attempt did not fail, or if
// the end of the run cut it off.
func (r *run) experiments(ctx context.Context, a directPath, c observation.Stages) []observation.Experiment {
	f := c.Unsettled()
	if !conclusive(ctx, f) {
		return nil
	}
	var made []func() observation.Experiment
	switch f.Op {
	case observation.OpConnect:
		out := append(r.p.aboutThePath(ctx, a.to, f), r.p.attemptBound(ctx, a, c.Connect)...)
		routed := len(out) > 0 && out[0].Result.Failure() == nil // otherwise the routing table is the cause
		if rejected(c) && (f.Of(observation.KindConnectionRefused) || routed && c.Connect.Elapsed < observation.Elapsed(suspiciouslySoon)) {
			out = append(out, r.quickest(ctx, a))
		}
		return out
	case observation.OpHandshake:
		made = r.aboutTheHandshake(ctx, a, c.Handshake)
	case observation.OpReply:
		made = append(made, func() observation.Experiment { return r.repeat(ctx, a) })
	}
	return allAtOnce(made)
}

// allAtOnce runs all experiments and returns those that were made, in the given order.
func allAtOnce(made []func() observation.Experiment) []observation.Experiment {
	out := make([]observation.Experiment, len(made))
	var wg attempt.TaskGroup
	for i, try := range made {
		wg.Go(func() { out[i] = try() })
	}
	wg.Wait()
	return slices.DeleteFunc(out, func(e observation.Experiment) bool { return e.Kind == "" })
}

// aboutThePath asks this node itself: does its routing table have a route, and does its
// packet filter let a datagram out?
func (p *Prober) aboutThePath(ctx context.Context, to netip.AddrPort, f *observation.Failure) []observation.Experiment {
	made := []func() observation.Experiment{func() observation.Experiment { return p.udpConnect(ctx, to) }}
	if f.Of(observation.KindTimeout, observation.KindConnectionRefused, observation.KindNotPermitted) {
		made = append(made, func() observation.Experiment { return p.udpSend(ctx, to) })
	}
	return allAtOnce(made)
}

// aboutTheHandshake changes one thing in each experiment, next to an unchanged repeat.
func (r *run) aboutTheHandshake(ctx context.Context, a directPath, h *observation.Handshake) []func() observation.Experiment {
	f := h.Failure
	made := []func() observation.Experiment{func() observation.Experiment { return r.repeat(ctx, a) }}
	if f.Of(observation.KindNotTLS) {
		return append(made, func() observation.Experiment { return r.unasked(ctx, a) })
	}
	shake := func(kind observation.ExperimentKind, b directPath) func() observation.Experiment {
		return func() observation.Experiment {
			return observation.Experiment{Kind: kind, ServerName: b.hello.ServerName, Result: r.p.handshakeOnly(ctx, b)}
		}
	}
	b := a
	b.hello.ServerName = ""
	made = append(made, shake(observation.ExperimentNoServerName, b))
	made = append(made, func() observation.Experiment {
		b := a
		if b.hello.ServerName = r.otherHost(ctx, a.hello.VerifyName); b.hello.ServerName == "" {
			return observation.Experiment{} // no other host
		}
		return shake(observation.ExperimentOtherServerName, b)()
	})
	made = append(made, func() observation.Experiment { return r.p.smallSegments(ctx, a, observation.ExperimentSmallSegments) })
	if a.hello.Large {
		made = append(made, func() observation.Experiment { return r.smallHello(ctx, a) })
	}
	if !f.Of(observation.KindTimeout) {
		b := a
		b.hello.Old = true
		made = append(made, shake(observation.ExperimentOldTLS, b))
	}
	if wantsMore(h) {
		b := a
		b.hello.Wide = true
		made = append(made, shake(observation.ExperimentWideHello, b))
	}
	return made
}

// smallHello sends the small ClientHello after the large one failed. If the agent may send
// the small one, the attempt continues to the reply.
func (r *run) smallHello(ctx context.Context, a directPath) observation.Experiment {
	a.hello.Large = false
	if r.p.eitherHello {
		return observation.Experiment{Kind: observation.ExperimentSmallHello, StandsIn: true, Result: r.p.attempt(ctx, a)}
	}
	return observation.Experiment{Kind: observation.ExperimentSmallHello, Result: r.p.handshakeOnly(ctx, a)}
}

func (r *run) repeat(ctx context.Context, a directPath) observation.Experiment {
	return observation.Experiment{Kind: observation.ExperimentRepeat, Result: r.p.attempt(ctx, a)}
}

// quickest repeats a rejected connection a few times, one after the other, and returns
// the fastest rejection: how soon it came shows who sent it, and a loaded node measures
// late. A try that succeeds is returned at once.
func (r *run) quickest(ctx context.Context, a directPath) observation.Experiment {
	out := r.repeat(ctx, a)
	for range 2 {
		if !rejected(out.Result) || ctx.Err() != nil {
			break
		}
		again := r.repeat(ctx, a)
		if !rejected(again.Result) {
			return again
		}
		if again.Result.Connect.Elapsed < out.Result.Connect.Elapsed {
			out = again
		}
	}
	return out
}

// rejected reports whether a connection was rejected, and not certainly by another machine.
func rejected(c observation.Stages) bool {
	return c.Connect != nil && c.Connect.Failure.Of(observation.KindConnectionRefused, observation.KindHostUnreachable, observation.KindNoRoute) &&
		(c.Connect.ICMP == nil || c.Connect.ICMP.From == c.Connect.Local)
}

// suspiciouslySoon is how fast a rejection must be to be worth repeating: a slower one is
// not this node's own, or follows a wait for a neighbour.
const suspiciouslySoon = 10 * time.Millisecond

// smallSegments makes the handshake on a connection whose segments fit every path MTU.
func (p *Prober) smallSegments(ctx context.Context, a directPath, kind observation.ExperimentKind) observation.Experiment {
	if a.dial = p.runner().DialSmall(); a.dial == nil {
		return observation.Experiment{Kind: kind, NotMade: "small segments cannot be asked for on this system"}
	}
	return observation.Experiment{Kind: kind, Result: p.handshakeOnly(ctx, a)}
}

// udpConnect asks the routing table, and sends nothing.
func (p *Prober) udpConnect(ctx context.Context, to netip.AddrPort) observation.Experiment {
	return p.overUDP(ctx, observation.ExperimentUDPConnect, to, func(net.Conn) error { return nil })
}

// udpSend sends one empty datagram: a packet filter on this node that drops it returns
// EPERM, while it lets a TCP connection time out.
func (p *Prober) udpSend(ctx context.Context, to netip.AddrPort) observation.Experiment {
	return p.overUDP(ctx, observation.ExperimentUDPSend, to, func(c net.Conn) error {
		_, err := c.Write(nil)
		return err
	})
}

// overUDP connects a UDP socket and calls do with it.
func (p *Prober) overUDP(ctx context.Context, kind observation.ExperimentKind, to netip.AddrPort, do func(net.Conn) error) observation.Experiment {
	c := new(observation.Connect)
	out := observation.Experiment{Kind: kind, Result: observation.Stages{Connect: c}}
	release, failure := p.sockets.Acquire(ctx, observation.OpConnect)
	if failure != nil {
		c.Failure = failure
		return out
	}
	defer release()
	c.Elapsed, c.Failure = p.runner().Do(ctx, observation.OpConnect, func(ctx context.Context) error {
		conn, err := p.runner().DialContext(ctx, "udp", to.String())
		if err != nil {
			return err
		}
		defer conn.Close()
		c.Local = attempt.AddrOf(conn.LocalAddr())
		return do(conn)
	})
	return out
}

// unasked reads what a server sends first, as SSH and SMTP servers do.
func (r *run) unasked(ctx context.Context, a directPath) observation.Experiment {
	out := observation.Experiment{Kind: observation.ExperimentFirstBytes}
	conn, c := r.p.runner().Connect(ctx, a.to)
	out.Result.Connect = c
	if c.Failure != nil {
		return out
	}
	defer conn.Close()
	buf := make([]byte, 64)
	_, _ = r.p.runner().Within(ctx, 500*time.Millisecond, observation.OpHandshake, func(ctx context.Context) error {
		defer attempt.CloseWith(ctx, conn)()
		n, err := conn.Read(buf)
		buf = buf[:n]
		return err
	})
	if len(buf) > 0 {
		out.Text = fmt.Sprintf("%q", buf)
	}
	return out
}
