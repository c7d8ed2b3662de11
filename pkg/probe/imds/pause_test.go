package imds

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// TestRegion_afterPause: if this process stood still until the time was over, or for most of it,
// whether metadata would have returned the Region is not known.
func TestRegion_afterPause(t *testing.T) {
	for _, test := range []struct {
		name             string
		deadline, paused time.Duration
		goesOn           bool // the call, for somebody who waits longer
		kind             observation.Kind
	}{
		{"no pause", 15 * time.Second, 0, false, observation.KindTimeout},
		{"a pause past the deadline", 15 * time.Second, 16 * time.Second, false, observation.KindUndecided},
		{"no pause, and the call goes on", 1500 * time.Millisecond, 0, true, observation.KindTimeout},
		{"a pause of most of the time, and the call goes on", 3500 * time.Millisecond, 2400 * time.Millisecond, true, observation.KindUndecided},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &attempt.Runner{Heart: beating(t), Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
			ctx, cancel := context.WithTimeoutCause(t.Context(), test.deadline, attempt.ErrDeadline)
			defer cancel()
			time.Sleep(probetest.OddMoment)
			if test.paused > 0 {
				p.Heart.StandStill(test.paused)
			}
			of := ctx
			if test.goesOn {
				of = t.Context()
			}
			_, err := beginAsking(p, of).Region(ctx)
			if f, ok := errors.AsType[*observation.Failure](err); !ok || !f.Of(test.kind) {
				t.Errorf("%s: %v, want a failure of kind %s", test.name, err, test.kind)
			}
			synctest.Wait()
		})
	}
}

// TestRegion_reportsHowCallsEnded: the deadline passes while the repeat of a call that
// metadata refused is still open. The refusal had all of its time, and counts.
func TestRegion_reportsHowCallsEnded(t *testing.T) {
	for range 20 { // it must not depend on who is the first to see the deadline
		synctest.Test(t, func(t *testing.T) {
			hang := make(chan struct{})
			var asked atomic.Int32
			p := runnerAt(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) > 1 {
					<-hang
				}
				w.WriteHeader(http.StatusServiceUnavailable)
			}))
			ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, attempt.ErrDeadline)
			defer cancel()
			_, err := beginAsking(p, ctx).Region(ctx)
			if f, ok := errors.AsType[*observation.Failure](err); !ok || !f.Of(observation.KindStatus) {
				t.Errorf("%v, want the refusal", err)
			}
			close(hang)
			synctest.Wait()
		})
	}
}

func TestMetadata_afterPause(t *testing.T) {
	for _, test := range []struct {
		deadline time.Duration
		want     observation.Kind // "": it answers
	}{{15 * time.Second, ""}, {1500 * time.Millisecond, observation.KindUndecided}} {
		synctest.Test(t, func(t *testing.T) {
			inner := &probetest.ImdsServer{Paths: probetest.HealthyIMDS()}
			var asked atomic.Int32
			p := runnerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 1 { // it waits for some time, and hangs up
					time.Sleep(2 * time.Second)
					panic(http.ErrAbortHandler)
				}
				inner.ServeHTTP(w, r)
			}))
			p.Heart = beating(t)
			ctx, cancel := context.WithTimeoutCause(t.Context(), test.deadline, attempt.ErrDeadline)
			defer cancel()
			time.Sleep(probetest.OddMoment)
			p.Heart.StandStill(10 * time.Second)
			got := beginAsking(p, ctx).Wait(ctx)
			if test.want == "" && !got.Present() || test.want != "" && !got.Failure.Of(test.want) {
				t.Errorf("deadline %s: %+v", test.deadline, got)
			}
			time.Sleep(3 * time.Second) // the server ends
		})
	}
}
