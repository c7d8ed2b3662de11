package attempt

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestRetryAfterPause_earlierStage: only a pause in its own stage excuses a time-out. A peer that
// hung up may have done so during any pause, whenever that becomes visible.
func TestRetryAfterPause_earlierStage(t *testing.T) {
	silent := func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
	hangsUp := func(context.Context) error { return io.EOF }
	for _, test := range []struct {
		name    string
		earlier bool // the pause is in the stage that succeeded
		fails   func(context.Context) error
		tries   int
	}{
		{"silence after a pause", true, silent, 1},
		{"silence with a pause", false, silent, 2},
		{"hung up after a pause", true, hangsUp, 2},
		{"hung up with a pause", false, hangsUp, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &Runner{Heart: beating(t), Timeout: time.Second}
				tries := 0
				pause := func(here bool) {
					if here && tries == 1 {
						time.Sleep(odd)
						p.Heart.StandStill(10 * time.Second)
						time.Sleep(10 * time.Second)
					}
				}
				p.RetryAfterPause(t.Context(), func(ctx context.Context) *observation.Failure {
					tries++
					if _, f := p.Do(ctx, observation.OpHandshake, func(context.Context) error { pause(test.earlier); return nil }); f != nil {
						return f
					}
					_, f := p.Do(ctx, observation.OpReply, func(ctx context.Context) error {
						pause(!test.earlier)
						// Attempts within a stage are part of it.
						if _, inner := p.Do(ctx, observation.OpRead, func(context.Context) error { return nil }); inner != nil {
							return inner
						}
						return test.fails(ctx)
					})
					return f
				})
				if tries != test.tries {
					t.Errorf("%d tries, want %d", tries, test.tries)
				}
			})
		})
	}
}
