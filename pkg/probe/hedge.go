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
	// opened is called when the first connection is made or given up.
	opened func()
	cancel context.CancelCauseFunc
	tasks  attempt.TaskGroup
}

// startHedge schedules the second attempt: try, whose connection must open within limit, and
// which calls release when it has closed its socket.
func (p *Prober) startHedge(ctx context.Context, try func(ctx context.Context, limit time.Duration, release func())) *hedge {
	ctx, cancel := context.WithCancelCause(ctx)
	opened := make(chan struct{})
	h := &hedge{cancel: cancel, opened: sync.OnceFunc(func() { close(opened) })} // the first attempt may be repeated
	h.tasks.Go(func() {
		half := p.runner().Limit() / 2
		begin, stop := p.heart.Now().After(half)
		defer stop()
		select {
		case <-begin:
		case <-opened:
			return
		case <-ctx.Done():
			return
		}
		if release, ok := p.sockets.TryAcquire(); ok { // otherwise so many are silent that one more shows nothing
			try(ctx, half, release)
		}
	})
	return h
}

// settle ends the second attempt, or waits for it if the first one was silent.
func (h *hedge) settle(silent bool) {
	if !silent {
		h.cancel(attempt.ErrNotNeeded)
	}
	h.tasks.Wait()
	h.cancel(nil)
}

// A directHedge is the hedge of a direct path.
type directHedge struct {
	*hedge
	// first is the path that is tried at once.
	first directPath
	// result is the second attempt, nil if none was needed or its connection failed too.
	result *observation.Stages
}

func (p *Prober) hedge(ctx context.Context, a directPath) *directHedge {
	s := &directHedge{first: a}
	dial := a.dial
	if dial == nil {
		dial = p.runner().DialContext
	}
	s.hedge = p.startHedge(ctx, func(ctx context.Context, limit time.Duration, release func()) {
		defer release()
		var out observation.Stages
		p.runner().RetryAfterPause(ctx, func(ctx context.Context) *observation.Failure {
			out = p.attemptWithin(ctx, limit, dial, a)
			return out.Failure()
		})
		if out.Connect.Failure == nil {
			s.result = &out
		}
	})
	s.first.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		defer s.opened()
		return dial(ctx, network, address)
	}
	return s
}

// attemptWithin makes the second attempt, whose connection must open within limit.
func (p *Prober) attemptWithin(ctx context.Context, limit time.Duration, dial attempt.DialFunc, a directPath) (out observation.Stages) {
	var conn net.Conn
	c := new(observation.Connect)
	c.Elapsed, c.Failure = p.runner().Within(ctx, limit, observation.OpConnect, func(ctx context.Context) (err error) {
		conn, err = dial(ctx, "tcp", a.to.String())
		return err
	})
	if c.Failure == nil {
		defer conn.Close()
		c.Local = attempt.AddrOf(conn.LocalAddr())
		out, _ = p.handshakeAndReply(ctx, conn, a)
	}
	out.Connect = c
	return out
}

// end returns the second attempt as the repeat of a first one whose connection got no
// answer, nil if the first one needs no repeat.
func (s *directHedge) end(first observation.Stages) []observation.Experiment {
	silent := first.Connect != nil && first.Connect.Failure.Of(observation.KindTimeout)
	if s.settle(silent); s.result == nil || !silent {
		return nil
	}
	return []observation.Experiment{{Kind: observation.ExperimentRepeat, Result: *s.result}}
}

// A proxyHedge is the hedge of a path through a proxy.
type proxyHedge struct {
	*hedge
	out      *observation.ProxyObservation // nil: not begun
	upgraded bool
}

func (x *proxyPath) hedge(ctx context.Context) *proxyHedge {
	h := new(proxyHedge)
	h.hedge = x.p.startHedge(ctx, func(ctx context.Context, limit time.Duration, release func()) {
		release() // the attempt acquires its own sockets
		h.out, h.upgraded = x.attempt(ctx, limit, func() {})
	})
	return h
}

// end returns the second attempt as the repeat of a first one that got no answer from
// the proxy, nil if the first one needs no repeat.
func (h *proxyHedge) end(first *observation.ProxyObservation) (*observation.ProxyObservation, bool) {
	silent := silentAtOpening(first.Failure())
	if h.settle(silent); h.out == nil || !silent {
		return nil, false
	}
	return h.out, h.upgraded
}
