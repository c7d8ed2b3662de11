package probe

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
)

// A hedge is a second attempt that begins when half of the time for the first one's
// connection is over and nothing came back: it distinguishes occasional packet loss from
// silence. Its connection is given up together with the first one's, so that a run takes
// no longer for it.
type hedge struct {
	// first is the path that is tried at once.
	first directPath

	settled chan struct{} // closed when the first connection is made or given up
	cancel  context.CancelCauseFunc
	tasks   attempt.TaskGroup
	result  *observation.Stages
}

func (p *Prober) hedge(ctx context.Context, a directPath) *hedge {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &hedge{first: a, settled: make(chan struct{}), cancel: cancel}
	dial := a.dial
	if dial == nil {
		dial = p.runner().DialContext
	}
	settle := sync.OnceFunc(func() { close(s.settled) }) // the first attempt may be repeated
	s.first.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		defer settle()
		return dial(ctx, network, address)
	}
	s.tasks.Go(func() { s.result = s.wait(ctx, p, dial, a) })
	return s
}

// wait returns the second attempt, nil if none was needed or its connection failed too.
func (s *hedge) wait(ctx context.Context, p *Prober, dial attempt.DialFunc, a directPath) *observation.Stages {
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
		return nil // so many are silent that one more shows nothing
	}
	defer release()
	var out observation.Stages
	p.runner().RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
		out = s.attemptOnce(ctx, p, dial, a, half)
		return out.Failure()
	})
	if out.Connect.Failure != nil {
		return nil
	}
	return &out
}

// attemptOnce makes the second attempt, whose connection must open within limit.
func (*hedge) attemptOnce(ctx context.Context, p *Prober, dial attempt.DialFunc, a directPath, limit time.Duration) (out observation.Stages) {
	var conn net.Conn
	c := new(observation.Connect)
	c.Elapsed, c.Failure = p.runner().Within(ctx, limit, observation.OpConnect, func(ctx context.Context) (err error) {
		conn, err = dial(ctx, "tcp", a.to.String())
		return err
	})
	if c.Failure != nil {
		return observation.Stages{Connect: c}
	}
	defer conn.Close()
	c.Local = attempt.AddrOf(conn.LocalAddr())
	if !a.onlyConnect {
		out, _ = p.handshakeAndReply(ctx, conn, a.hello, a.ask)
	}
	out.Connect = c
	return out
}

// end returns the second attempt as the repeat of a first one whose connection got no
// answer, nil if the first one needs no repeat.
func (s *hedge) end(first observation.Stages) []observation.Experiment {
	silent := first.Connect != nil && first.Connect.Failure.Of(observation.KindTimeout)
	if !silent {
		s.cancel(attempt.ErrNotNeeded)
	}
	s.tasks.Wait()
	s.cancel(nil)
	if s.result == nil || !silent {
		return nil
	}
	return []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: *s.result}}
}

// A proxyHedge is a second attempt that begins when half of the time for the
// first one's connection is over and the proxy has not answered. Like a hedge on the
// direct path it costs a run no time.
type proxyHedge struct {
	opened func()
	cancel context.CancelCauseFunc
	tasks  attempt.TaskGroup

	out      *observation.ProxyObservation // nil: not begun
	upgraded bool
}

func (x *proxyPath) hedge(ctx context.Context) *proxyHedge {
	ctx, cancel := context.WithCancelCause(ctx)
	connected := make(chan struct{})
	h := &proxyHedge{cancel: cancel, opened: sync.OnceFunc(func() { close(connected) })}
	half := x.p.runner().Limit() / 2
	h.tasks.Go(func() {
		begin, stop := x.p.heart.Now().After(half)
		defer stop()
		select {
		case <-begin:
		case <-connected:
			return
		case <-ctx.Done():
			return
		}
		release, ok := x.p.sockets.TryAcquire()
		if !ok {
			return // so many are silent that one more shows nothing
		}
		release()
		h.out, h.upgraded = x.attempt(ctx, half, func() {})
	})
	return h
}

// end returns the second attempt as the repeat of a first one that got no answer from
// the proxy, nil if the first one needs no repeat.
func (h *proxyHedge) end(first *observation.ProxyObservation) (*observation.ProxyObservation, bool) {
	silent := silentAtOpening(first.Failure())
	if !silent {
		h.cancel(attempt.ErrNotNeeded)
	}
	h.tasks.Wait()
	h.cancel(nil)
	if h.out == nil || !silent {
		return nil, false
	}
	return h.out, h.upgraded
}
