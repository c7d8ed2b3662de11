package probe

import (
	"context"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// upgrade asks for a WebSocket on a connection of its own, as the agent's
// control channel does. The request is unsigned, so AWS refuses it: that it is
// AWS who answers is all there is to see.
func (p *Prober) upgrade(ctx context.Context, a directPath) *observation.WebSocket {
	out := new(observation.WebSocket)
	out.Climb, out.Upgraded = p.attemptUpgrade(ctx, a)
	return out
}

// upgradeAgain asks once more where an upgrade failed and the rest passes. Not
// where AWS's own server leaves it unanswered: that proves nothing, and would
// cost every run its time.
//
// Where the plain request passed with the small ClientHello standing in for the
// large one, so does the upgrade.
func (p *Prober) retryUpgrade(ctx context.Context, a directPath, w *observation.WebSocket, plain observation.Climb) {
	failed := w.Climb.Unsettled()
	if failed == nil || failed.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources) || ctx.Err() != nil || unansweredByAmazon(w.Climb) {
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
