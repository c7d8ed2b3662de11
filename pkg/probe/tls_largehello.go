package probe

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

// A large ClientHello without an answer when everything else is done gets as much time as
// an optional target: three round trips, within these bounds.
const (
	largeHelloMoment  = 100 * time.Millisecond
	largeHelloLongest = time.Second
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
	target string
	path   directPath
	made   []observation.Experiment
}

func newLargeHello(r *run) *largeHello {
	return &largeHello{run: r, done: make(chan struct{})}
}

// start starts the experiment at an address, the first time it is called. If the agent
// sends the large ClientHello itself, there is none.
func (l *largeHello) start(ctx context.Context, t observation.PlannedTarget, to netip.AddrPort) {
	if l.run.p.largeHello {
		return
	}
	l.once.Do(func() {
		ctx, cancel := context.WithCancelCause(ctx)
		l.mu.Lock()
		l.target, l.cancel = t.Name, cancel
		l.path = directPath{to: to, hello: handshake.ClientHello{ServerName: t.Host, VerifyName: t.Host, Large: true}}
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

// brief is a prober whose attempts last until they count as timed out.
func (l *largeHello) brief() *Prober {
	p := *l.run.p
	p.Timeout = min(p.runner().Limit(), attempt.MatureAge)
	return &p
}

func (l *largeHello) experiment(kind observation.ExperimentKind, c observation.Stages) observation.Experiment {
	return observation.Experiment{Kind: kind, Target: l.target, Address: l.path.to.Addr(), Result: c}
}

// finish returns what the experiment has shown. It waits only if the small ClientHello passed
// at the address and the large one has no answer yet, and never longer than for an optional
// target. smallPassed also returns the round trip to the address.
func (l *largeHello) finish(ctx context.Context, smallPassed func(target string, a netip.Addr) (time.Duration, bool)) []observation.Experiment {
	l.mu.Lock()
	cancel := l.cancel
	l.mu.Unlock()
	if cancel == nil {
		return nil
	}
	if roundTrip, ok := smallPassed(l.target, l.path.to.Addr()); ok {
		patience, stop := l.run.p.heart.Now().After(min(max(largeHelloMoment, 3*roundTrip), largeHelloLongest))
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
