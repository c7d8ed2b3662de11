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
	// onlyConnect: the connection is closed at once.
	onlyConnect bool
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
	var conn net.Conn
	if conn, out.Connect = p.connectTo(ctx, a); conn == nil {
		return out, false
	}
	defer conn.Close()
	if a.onlyConnect {
		return out, false
	}
	inside, upgraded := p.handshakeAndReply(ctx, conn, a.hello, a.ask)
	out.Handshake, out.Reply = inside.Handshake, inside.Reply
	return out, upgraded
}

// connectTo connects by the path. conn is nil if that failed.
func (p *Prober) connectTo(ctx context.Context, a directPath) (conn net.Conn, c *observation.Connect) {
	if a.dial == nil {
		return p.runner().ConnectBy(ctx, p.runner().DialContext, a.to)
	}
	return p.runner().ConnectBy(ctx, a.dial, a.to)
}

// handshakeAndReply goes through the stages above the connection, on an open one.
func (p *Prober) handshakeAndReply(ctx context.Context, conn net.Conn, h handshake.ClientHello, r reply.Request) (out observation.Stages, upgraded bool) {
	over, hs := handshake.Do(ctx, p.runner(), conn, h)
	out.Handshake = hs
	if over == nil {
		return out, false
	}
	pending := p.trustStore().StartProof(p.runner(), over.ConnectionState().PeerCertificates)
	if r.Distrusts != nil {
		// A signed request is sent only if the certificates are in order.
		pending.Record(ctx, hs, h.VerifyName)
		if r.Distrusts(hs) != "" {
			return out, false
		}
		out.Reply, upgraded = reply.Do(ctx, p.runner(), over, r)
		return out, upgraded
	}
	// An unsigned one gives nothing away, and is sent while they are verified.
	out.Reply, upgraded = reply.Do(ctx, p.runner(), over, r)
	pending.Record(ctx, hs, h.VerifyName)
	return out, upgraded
}

// handshakeOnly connects and makes the handshake: most experiments need no more.
func (p *Prober) handshakeOnly(ctx context.Context, a directPath) (out observation.Stages) {
	p.runner().RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		out = p.handshakeOnce(ctx, a)
		return out.Failure()
	})
	return out
}

func (p *Prober) handshakeOnce(ctx context.Context, a directPath) (out observation.Stages) {
	var conn net.Conn
	if conn, out.Connect = p.connectTo(ctx, a); conn == nil {
		return out
	}
	defer conn.Close()
	over, hs := handshake.Do(ctx, p.runner(), conn, a.hello)
	if out.Handshake = hs; over != nil {
		p.trustStore().StartProof(p.runner(), over.ConnectionState().PeerCertificates).Record(ctx, hs, a.hello.VerifyName)
	}
	return out
}

// upgrade asks for a WebSocket on a connection of its own, as the agent's control
// channel does. The request is unsigned, so AWS refuses it: the answer shows that it
// is AWS, and nothing more.
func (p *Prober) upgrade(ctx context.Context, a directPath) *observation.WebSocket {
	out := new(observation.WebSocket)
	out.Stages, out.Upgraded = p.attemptUpgrade(ctx, a)
	return out
}

// retryUpgrade retries an upgrade that failed although the plain request passes. It does
// not if AWS's own server leaves the upgrade unanswered: that proves nothing, and would
// cost every run its time.
//
// If the plain request passed with the small ClientHello in place of the large one, the
// retry sends the small one too.
func (p *Prober) retryUpgrade(ctx context.Context, a directPath, w *observation.WebSocket, plain observation.Stages) {
	failed := w.Stages.Unsettled()
	if failed == nil || failed.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources) || ctx.Err() != nil || unansweredByAmazon(w.Stages) {
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

// unansweredByAmazon reports whether the server with Amazon's own certificate
// gave no answer in time.
func unansweredByAmazon(c observation.Stages) bool {
	return c.Reply != nil && c.Reply.Failure.Of(observation.KindTimeout) && c.Handshake.ByAmazon() && c.Handshake.Verified
}
