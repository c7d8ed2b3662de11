package probe

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestRegionAfterAPause: where this process stood still until the time was over,
// it is not known whether metadata would have named the Region.
func TestRegionAfterAPause(t *testing.T) {
	for _, test := range []struct {
		name   string
		paused time.Duration
		kind   observation.Kind
	}{
		{"no pause", 0, observation.KindTimeout},
		{"a pause past the deadline", DefaultDeadline + time.Second, observation.KindUndecided},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &Prober{heart: beating(t), Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
			ctx, cancel := context.WithTimeoutCause(t.Context(), DefaultDeadline, ErrDeadline)
			defer cancel()
			time.Sleep(odd)
			if test.paused > 0 {
				p.heart.stopFor(test.paused)
			}
			_, err := p.StartMetadata(ctx).Region(ctx)
			if f, ok := errors.AsType[*observation.Failure](err); !ok || !f.Of(test.kind) {
				t.Errorf("%s: %v, want a failure of kind %s", test.name, err, test.kind)
			}
			synctest.Wait()
		})
	}
}
