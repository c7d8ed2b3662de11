package probe

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A secondTry is a way up the ladder that begins when half of the time for the
// first one's connection is over and nothing came back: packets that are lost
// now and then are so told from silence. The connection is given up together
// with the first one, so that a run lasts no longer for it.
type secondTry struct {
	// first is the way that is tried at once.
	first ascent

	settled chan struct{} // closed when the first connection is made or given up
	cancel  context.CancelCauseFunc
	crew    attempt.TaskGroup
	climb   *observation.Climb
}

func (p *Prober) secondTry(ctx context.Context, a ascent) *secondTry {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &secondTry{first: a, settled: make(chan struct{}), cancel: cancel}
	dial := a.dial
	if dial == nil {
		dial = p.runner().DialContext
	}
	settle := sync.OnceFunc(func() { close(s.settled) }) // the first one may be repeated
	s.first.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		defer settle()
		return dial(ctx, network, address)
	}
	s.crew.Go(func() { s.climb = s.wait(ctx, p, dial, a) })
	return s
}

// wait gives the second climb, nil where none was called for or its connection
// failed too.
func (s *secondTry) wait(ctx context.Context, p *Prober, dial attempt.DialFunc, a ascent) *observation.Climb {
	half := p.runner().Limit() / 2
	begin, stop := p.heart.Now().After(half)
	defer stop()
	select {
	case <-begin:
	case <-s.settled:
		return nil
	case <-ctx.Done():
		return nil
	}
	release, ok := p.sockets.TryAcquire()
	if !ok {
		return nil // so many are silent that one more tells nothing
	}
	defer release()
	var out observation.Climb
	p.runner().RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		out = s.climbOnce(ctx, p, dial, a, half)
		return out.Failure()
	})
	if out.Connect.Failure != nil {
		return nil
	}
	return &out
}

// climbOnce is one try at the second climb, whose connection has limit.
func (*secondTry) climbOnce(ctx context.Context, p *Prober, dial attempt.DialFunc, a ascent, limit time.Duration) (out observation.Climb) {
	var conn net.Conn
	c := new(observation.Connect)
	c.Elapsed, c.Failure = p.runner().Within(ctx, limit, observation.OpConnect, func(ctx context.Context) (err error) {
		conn, err = dial(ctx, "tcp", a.to.String())
		return err
	})
	if c.Failure != nil {
		return observation.Climb{Connect: c}
	}
	defer conn.Close()
	c.Local = attempt.AddrOf(conn.LocalAddr())
	if !a.onlyConnect {
		out, _ = p.climbOn(ctx, conn, a.hello, a.ask)
	}
	out.Connect = c
	return out
}

// end gives the second climb as the repeat of a first one whose connection got
// no answer, nil where that one needs none.
func (s *secondTry) end(first observation.Climb) []observation.Experiment {
	silent := first.Connect != nil && first.Connect.Failure.Of(observation.KindTimeout)
	if !silent {
		s.cancel(attempt.ErrNotNeeded)
	}
	s.crew.Wait()
	s.cancel(nil)
	if s.climb == nil || !silent {
		return nil
	}
	return []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: *s.climb}}
}
