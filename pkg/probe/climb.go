package probe

import (
	"context"
	"net"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A route up the ladder: where to connect, what to say first, what to ask.
type ascent struct {
	to    netip.AddrPort
	dial  dialFunc // nil: the prober's
	hello hello
	ask   request
	// onlyConnect: the connection is closed at once.
	onlyConnect bool
}

// climb connects, shakes hands and asks, on one connection. What follows a
// failed rung is not tried.
func (p *Prober) climb(ctx context.Context, a ascent) observation.Climb {
	c, _ := p.climbFor(ctx, a)
	return c
}

// climbFor is climb that also tells whether a WebSocket was granted.
func (p *Prober) climbFor(ctx context.Context, a ascent) (out observation.Climb, upgraded bool) {
	p.awake(ctx, func(ctx context.Context) *observation.Failure {
		out, upgraded = p.climbOnce(ctx, a)
		return out.Failure()
	})
	return out, upgraded
}

func (p *Prober) climbOnce(ctx context.Context, a ascent) (out observation.Climb, upgraded bool) {
	dial := a.dial
	if dial == nil {
		dial = p.dial
	}
	conn, c := p.connectBy(ctx, dial, a.to)
	out.Connect = c
	if c.Failure != nil {
		return out, false
	}
	defer conn.Close()
	if a.onlyConnect {
		return out, false
	}
	inside, upgraded := p.climbOn(ctx, conn, a.hello, a.ask)
	out.Handshake, out.Reply = inside.Handshake, inside.Reply
	return out, upgraded
}

// climbOn is the upper part of the ladder, on an open connection.
func (p *Prober) climbOn(ctx context.Context, conn net.Conn, h hello, r request) (out observation.Climb, upgraded bool) {
	over, hs := p.handshake(ctx, conn, h)
	out.Handshake = hs
	if over == nil {
		return out, false
	}
	pending := p.startProof(over.ConnectionState().PeerCertificates)
	if r.signed != nil {
		// A signed one goes only where the certificates are in order.
		pending.record(ctx, hs, h.verifyName)
		if r.signed.distrusts(hs) != "" {
			return out, false
		}
		out.Reply, upgraded = p.reply(ctx, over, r)
		return out, upgraded
	}
	// An unsigned one gives nothing away, and is under way while they are verified.
	out.Reply, upgraded = p.reply(ctx, over, r)
	pending.record(ctx, hs, h.verifyName)
	return out, upgraded
}

// shakeOnly connects and shakes hands: an experiment asks for no more.
func (p *Prober) shakeOnly(ctx context.Context, a ascent) (out observation.Climb) {
	p.awake(ctx, func(ctx context.Context) *observation.Failure {
		out = p.shakeOnce(ctx, a)
		return out.Failure()
	})
	return out
}

func (p *Prober) shakeOnce(ctx context.Context, a ascent) (out observation.Climb) {
	dial := a.dial
	if dial == nil {
		dial = p.dial
	}
	conn, c := p.connectBy(ctx, dial, a.to)
	out.Connect = c
	if c.Failure != nil {
		return out
	}
	defer conn.Close()
	over, hs := p.handshake(ctx, conn, a.hello)
	if out.Handshake = hs; over != nil {
		p.startProof(over.ConnectionState().PeerCertificates).record(ctx, hs, a.hello.verifyName)
	}
	return out
}
