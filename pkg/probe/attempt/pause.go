package attempt

import (
	"context"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const (
	// leastSpoil is the shortest pause that makes a failure doubtful: no server
	// gives up a caller sooner.
	leastSpoil = 500 * time.Millisecond
	// maxRepeats bounds how often an attempt is made anew, for a caller without
	// a deadline.
	maxRepeats = 20
)

// RetryAfterPause makes an attempt, which may be several stages on one
// connection, and repeats it while it fails and this process stood still
// meanwhile: a server hangs up on a silent client, and a suspended machine
// loses its connections. A time-out is attributed to the stage that failed; a
// pause before it does no harm. If no time is left for another try, the failure
// is undecided.
func (p *Runner) RetryAfterPause(ctx context.Context, try func(context.Context) *observation.Failure) {
	for n := 0; ; n++ {
		began := p.Heart.Now()
		last := new(lastStage)
		f := try(context.WithValue(ctx, lastStageKey{}, last))
		if f.Of(observation.KindTimeout, observation.KindUndecided) {
			began = last.begin(began)
		}
		paused := began.spoils(f)
		if paused == 0 {
			return
		}
		if ctx.Err() != nil || n == maxRepeats {
			demote(f, paused)
			return
		}
		if f.Kind == observation.KindUndecided {
			return // not for lack of time
		}
	}
}

// A lastStage is when the last stage of an attempt began. Nothing follows a
// failed stage, so the last one is the one that failed.
type lastStage struct {
	mu    sync.Mutex
	began Moment
}

type lastStageKey struct{}

// noteStage records that a stage begins, and returns its context. Stages within
// it are not recorded: they are part of it.
func noteStage(ctx context.Context, began Moment) context.Context {
	last, _ := ctx.Value(lastStageKey{}).(*lastStage)
	if last == nil {
		return ctx
	}
	last.mu.Lock()
	defer last.mu.Unlock()
	last.began = began
	return context.WithValue(ctx, lastStageKey{}, (*lastStage)(nil))
}

// begin returns when it began, or the other moment if there was no stage.
func (l *lastStage) begin(attempt Moment) Moment {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.began.at.IsZero() {
		return attempt
	}
	return l.began
}

// spoils returns how long this process did not run since then, if that makes f
// doubtful. 0: f stands. Short pauses, as on a busy machine, make no server
// hang up, and limits do not count them: only pauses of at least leastSpoil
// matter.
func (m Moment) spoils(f *observation.Failure) time.Duration {
	if f == nil || !dependsOnTime(f) {
		return 0
	}
	ran, paused := m.Ran(), m.StoodStill()
	if paused < leastSpoil || 2*paused < ran {
		return 0
	}
	return paused
}

// dependsOnTime reports whether the failure may come from a time limit, rather
// than from the network or the peer.
func dependsOnTime(f *observation.Failure) bool {
	return !f.Of(observation.KindInterrupted,
		observation.KindNoRoute, observation.KindProhibited, observation.KindInvalid, observation.KindNotPermitted, observation.KindNoFamily, observation.KindNoResources,
		observation.KindNXDomain, observation.KindNoAddress, observation.KindDNSRefused, observation.KindNotTLS, observation.KindTLSVersion, observation.KindTooLarge,
		observation.KindAbsent, observation.KindDenied, observation.KindSyntax)
}

// demote turns the failure into one that says nothing about the network.
func demote(f *observation.Failure, paused time.Duration) {
	f.Kind = observation.KindUndecided
	f.Text = "this process did not run for " + observation.Elapsed(paused).String() + " meanwhile"
}
