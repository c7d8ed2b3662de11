package probe

import (
	"context"
	"net"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/reply"
)

// A directPath is where to connect, which ClientHello to send, and what to ask.
type directPath struct {
	to    netip.AddrPort
	dial  attempt.DialFunc // nil: the prober's
	hello handshake.ClientHello
	ask   reply.Request
	// until is the last stage: OpConnect or OpHandshake. Empty: the reply.
	until observation.Op
}

// attempt connects, makes the handshake and sends the request, on one connection. What
// follows a failed stage is not tried.
func (p *Prober) attempt(ctx context.Context, a directPath) observation.Stages {
	c, _ := p.attemptUpgrade(ctx, a)
	return c
}

// attemptUpgrade is attempt that also reports whether a WebSocket was granted.
func (p *Prober) attemptUpgrade(ctx context.Context, a directPath) (out observation.Stages, upgraded bool) {
	p.runner().RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		out, upgraded = p.attemptOnce(ctx, a)
		return out.Failure()
	})
	return out, upgraded
}

func (p *Prober) attemptOnce(ctx context.Context, a directPath) (out observation.Stages, upgraded bool) {
	conn, c := p.runner().ConnectBy(ctx, a.dial, a.to)
	if conn != nil {
		defer conn.Close()
		out, upgraded = p.handshakeAndReply(ctx, conn, a)
	}
	out.Connect = c
	return out, upgraded
}

// handshakeAndReply goes through the path's stages above the connection, on an open one.
func (p *Prober) handshakeAndReply(ctx context.Context, conn net.Conn, a directPath) (out observation.Stages, upgraded bool) {
	if a.until == observation.OpConnect {
		return out, false
	}
	over, hs := handshake.Do(ctx, p.runner(), conn, a.hello)
	out.Handshake = hs
	if over == nil {
		return out, false
	}
	pending := p.trustStore().StartProof(p.runner(), over.ConnectionState().PeerCertificates)
	if a.until == "" && a.ask.Distrusts == nil {
		// An unsigned request reveals nothing, and is sent while the certificates are verified.
		out.Reply, upgraded = reply.Do(ctx, p.runner(), over, a.ask)
		pending.Record(ctx, hs, a.hello.VerifyName)
		return out, upgraded
	}
	pending.Record(ctx, hs, a.hello.VerifyName)
	if a.until == "" && a.ask.Distrusts(hs) == "" { // a signed one is sent only if they are valid
		out.Reply, upgraded = reply.Do(ctx, p.runner(), over, a.ask)
	}
	return out, upgraded
}

// handshakeOnly connects and makes the handshake: most experiments need no more.
func (p *Prober) handshakeOnly(ctx context.Context, a directPath) observation.Stages {
	a.until = observation.OpHandshake
	return p.attempt(ctx, a)
}

// upgrade asks for a WebSocket on a connection of its own, as the agent's control
// channel does. The request is unsigned, so AWS refuses it: the answer shows that it
// is AWS, and nothing more.
func (p *Prober) upgrade(ctx context.Context, a directPath) *observation.WebSocket {
	out := new(observation.WebSocket)
	out.Stages, out.Upgraded = p.attemptUpgrade(ctx, a)
	return out
}

// retryUpgrade retries an upgrade that failed although the plain request passed, unless AWS's
// own server left it unanswered: that proves nothing, and would cost every run that time.
//
// If the plain request passed with the small ClientHello instead of the large one, the retry
// sends the small one too.
func (p *Prober) retryUpgrade(ctx context.Context, a directPath, w *observation.WebSocket, plain observation.Stages) {
	if !conclusive(ctx, w.Stages.Unsettled()) || unansweredByAmazon(w.Stages) {
		return
	}
	e := observation.Experiment{Kind: observation.ExperimentRepeat}
	if a.hello.Large && plain.Handshake != nil && !plain.Handshake.Large {
		e = observation.Experiment{Kind: observation.ExperimentSmallHello, StandsIn: true}
		a.hello.Large = false
	}
	e.Result = p.attempt(ctx, a)
	w.Experiments = []observation.Experiment{e}
}

// conclusive reports whether a failure, if there is one, is worth a repeat or an experiment:
// neither the end of the run nor a lack of resources on this node caused it.
func conclusive(ctx context.Context, f *observation.Failure) bool {
	return f != nil && !f.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources) && ctx.Err() == nil
}

// unansweredByAmazon reports whether a server with Amazon's own certificate did not answer in
// time.
func unansweredByAmazon(c observation.Stages) bool {
	return c.Reply != nil && c.Reply.Failure.Of(observation.KindTimeout) && c.Handshake.ByAmazon() && c.Handshake.Verified
}
