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
//
// Where the plain request passed with the small ClientHello standing in for the
// large one, so does the upgrade.
func (p *Prober) upgradeAgain(ctx context.Context, a ascent, w *WebSocket, plain Climb) {
	failed := w.Climb.Unsettled()
	if failed == nil || failed.Of(KindUndecided, KindInterrupted, KindNoResources) || ctx.Err() != nil || unansweredByAmazon(w.Climb) {
		return
	}
	e := Experiment{Kind: ExperimentRepeat}
	if a.hello.large && plain.Handshake != nil && !plain.Handshake.Large {
		e = Experiment{Kind: ExperimentSmallHello, StandsIn: true}
		a.hello.large = false
	}
	e.Result = p.climb(ctx, a)
	w.Experiments = []Experiment{e}
}
