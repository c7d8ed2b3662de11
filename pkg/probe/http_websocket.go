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

// upgradeAgain asks once more where an upgrade failed and the rest passes. Not
// where AWS's own server leaves it unanswered: that proves nothing, and would
// cost every run its time.
func (p *Prober) upgradeAgain(ctx context.Context, a ascent, w *WebSocket) {
	failed := w.Climb.Unsettled()
	if failed == nil || failed.Of(KindUndecided, KindInterrupted, KindNoResources) || ctx.Err() != nil || unansweredByAmazon(w.Climb) {
		return
	}
	w.Experiments = []Experiment{{Kind: ExperimentRepeat, Result: p.climb(ctx, a)}}
}
