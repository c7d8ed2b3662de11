package probe

import "context"

// upgrade asks for a WebSocket on a connection of its own, as the agent's
// control channel does. The request is unsigned, so AWS refuses it: that it is
// AWS who answers is all there is to see.
func (p *Prober) upgrade(ctx context.Context, a ascent) *WebSocket {
	out := new(WebSocket)
	out.Climb, out.Upgraded = p.climbFor(ctx, a)
	return out
}
