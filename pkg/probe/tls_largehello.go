package probe

import (
	"context"
	"net/netip"
	"sync"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

// A largeHello is the experiment of a run whose agent sends the small ClientHello: it sends
// the large one, as a newer agent would, to one address of ssm. It runs concurrently with
// the rest and delays nothing.
type largeHello struct {
	run   *run
	once  sync.Once
	done  chan struct{}
	tasks attempt.TaskGroup

	mu     sync.Mutex
	cancel context.CancelCauseFunc
	target *targetRun
	path   directPath
	made   []observation.Experiment
}

// start starts the experiment at an address, the first time it is called. It does nothing if
// the agent sends the large ClientHello itself.
func (l *largeHello) start(ctx context.Context, t *targetRun, a netip.Addr) {
	if l.run.p.largeHello {
		return
	}
	l.once.Do(func() {
		ctx, cancel := context.WithCancelCause(ctx)
		l.mu.Lock()
		l.target, l.cancel = t, cancel
		l.path = directPath{to: netip.AddrPortFrom(a, t.plan.Port), hello: handshake.SmallHello(t.plan.Host)}
		l.path.hello.Large = true
		l.mu.Unlock()
		l.tasks.Go(func() { l.send(ctx) })
	})
}

// send sends the large ClientHello. If that fails, it is sent again, and in small segments:
// together they distinguish a lost packet, an MTU hole and a filter.
func (l *largeHello) send(ctx context.Context) {
	defer close(l.done)
	c := l.run.p.handshakeOnly(ctx, l.path)
	l.made = append(l.made, l.experiment(observation.ExperimentLargeHello, c))
	if c.Handshake == nil || !c.Handshake.Failure.Of(observation.KindTimeout, observation.KindReset, observation.KindClosed, observation.KindTLSAlert, observation.KindOther) || ctx.Err() != nil {
		return
	}
	l.made = append(l.made, allAtOnce([]func() observation.Experiment{
		func() observation.Experiment {
			return l.experiment(observation.ExperimentRepeat, l.brief().handshakeOnly(ctx, l.path))
		},
		func() observation.Experiment {
			e := l.brief().smallSegments(ctx, l.path, observation.ExperimentLargeHelloSmallSegments)
			out := l.experiment(e.Kind, e.Result)
			out.NotMade = e.NotMade
			return out
		},
	})...)
}

// brief returns a prober whose attempts last just until they count as timed out.
func (l *largeHello) brief() *Prober {
	p := *l.run.p
	p.Timeout = min(p.runner().Limit(), attempt.MatureAge)
	return &p
}

func (l *largeHello) experiment(kind observation.ExperimentKind, c observation.Stages) observation.Experiment {
	return observation.Experiment{Kind: kind, Target: l.target.plan.Name, Address: l.path.to.Addr(), Result: c}
}

// finish returns the experiments' results. It waits only if the small ClientHello passed
// at the address and the large one has no answer yet, and never longer than for an optional
// target.
func (l *largeHello) finish(ctx context.Context) []observation.Experiment {
	l.mu.Lock()
	cancel := l.cancel
	l.mu.Unlock()
	if cancel == nil {
		return nil
	}
	if roundTrip, ok := l.target.smallPassed(l.path.to.Addr()); ok {
		patience, stop := l.run.p.heart.Now().After(graceFor(roundTrip))
		defer stop()
		select {
		case <-l.done:
		case <-ctx.Done():
		case <-patience:
		}
	}
	cancel(attempt.ErrNotNeeded)
	l.tasks.Wait()
	return l.made
}

// smallPassed reports whether the agent's own ClientHello was answered at an address, and how
// long connecting took.
func (t *targetRun) smallPassed(a netip.Addr) (roundTrip observation.Elapsed, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := t.seen[a]
	if seen == nil {
		return 0, false
	}
	counts, _ := seen.Settled()
	if counts.Handshake == nil || counts.Handshake.Failure != nil {
		return 0, false
	}
	return counts.Connect.Elapsed, true
}
