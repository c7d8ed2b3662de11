package attempt

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestSocketsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Sockets{All: make(chan struct{}, 1)}
		release, failure := s.Acquire(t.Context(), observation.OpConnect)
		if failure != nil {
			t.Fatal(failure)
		}
		if _, ok := s.TryAcquire(); ok {
			t.Error("a second place of one was free")
		}
		// An attempt that never began is old at no time.
		for cause, want := range map[error]observation.Kind{ErrDeadline: observation.KindUndecided, ErrInterrupted: observation.KindInterrupted} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(cause) })
			if _, failure := s.Acquire(ctx, observation.OpConnect); !failure.Of(want) {
				t.Errorf("%v: %v, wanted %s", cause, failure, want)
			}
		}
		release()
		release() // twice frees one place
		if _, ok := s.TryAcquire(); !ok {
			t.Error("the place was not given back")
		}
		if _, ok := s.TryAcquire(); ok {
			t.Error("a place was given back twice")
		}
	})
}

// TestFailureOf_returnsCopy: an error that several attempts share is not changed.
func TestFailureOf_returnsCopy(t *testing.T) {
	shared := &observation.Failure{Op: observation.OpConnect, Kind: observation.KindTimeout, Text: "as it was"}
	var all TaskGroup
	for range 20 {
		all.Go(func() {
			_, f := new(Runner).Do(t.Context(), observation.OpConnect, func(context.Context) error { return shared })
			if f == shared || !f.Of(observation.KindTimeout) {
				t.Errorf("got %v", f)
			}
		})
	}
	all.Wait()
	if shared.Text != "as it was" {
		t.Errorf("the error reads %q now", shared.Text)
	}
}
