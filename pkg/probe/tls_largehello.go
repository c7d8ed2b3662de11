package probe

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// A large ClientHello that is still out when everything else is done is given
// a moment to come back, and then as long as two further tries beside it need
// to count as timed out. largeHelloSlack is what a busy node may take beyond.
const (
	largeHelloMoment = 100 * time.Millisecond
	largeHelloSlack  = time.Second
)

// A largeHello is the experiment of every run: the ClientHello that newer
// programs send, two segments long, at the first address that is met. It runs
// beside the rest and costs a healthy run nothing.
type largeHello struct {
	run  *run
	once sync.Once
	// late is closed when everything else is done.
	late chan struct{}
	done chan struct{}
	crew crew

	mu     sync.Mutex
	cancel context.CancelCauseFunc
	target string
	way    ascent
	made   []Experiment
}

func newLargeHello(r *run) *largeHello {
	return &largeHello{run: r, late: make(chan struct{}), done: make(chan struct{})}
}

// at starts the experiment at an address, the first time it is called.
func (l *largeHello) at(ctx context.Context, t PlannedTarget, to netip.AddrPort) {
	l.once.Do(func() {
		ctx, cancel := context.WithCancelCause(ctx)
		l.mu.Lock()
		l.target, l.cancel = t.Name, cancel
		l.way = ascent{to: to, hello: hello{serverName: t.Host, verifyName: t.Host, large: true}}
		l.mu.Unlock()
		l.crew.Go(func() { l.shake(ctx) })
	})
}

// shake sends the large hello. Where that does not pass, it is sent again, and
// in small segments: the two tell a lost packet, a path's hole and a filter
// apart.
func (l *largeHello) shake(ctx context.Context) {
	defer close(l.done)
	first := make(chan Climb, 1)
	patience, over := context.WithCancelCause(ctx)
	defer over(errNotNeeded)
	l.crew.Go(func() { first <- l.run.p.shakeOnly(patience, l.way) })
	var c Climb
	answered := true
	select {
	case c = <-first:
	case <-l.late:
		moment, stop := l.run.p.heart.now().after(largeHelloMoment)
		defer stop()
		select {
		case c = <-first:
		case <-moment:
			answered = false
		}
	}
	var further crew
	var tries [2]Experiment
	tried := !answered || c.Failure().Of(KindTimeout, KindReset, KindClosed, KindTLSAlert, KindOther) && c.Handshake != nil
	if tried && ctx.Err() == nil {
		// Each has its own limit, from when it begins: were they cut off
		// together at a time that is fixed before, a slow beginning would
		// leave them undecided.
		further.Go(func() { tries[0] = l.experiment(ExperimentRepeat, l.brief().shakeOnly(ctx, l.way)) })
		further.Go(func() {
			e := l.brief().smallSegments(ctx, l.way, ExperimentLargeHelloSmallSegments)
			tries[1] = l.experiment(e.Kind, e.Result)
			tries[1].NotMade = e.NotMade
		})
	}
	further.Wait()
	if !answered {
		over(ErrDeadline) // older than the tries, which had their time
		c = <-first
	}
	l.made = append(l.made, l.experiment(ExperimentLargeHello, c))
	if tries[0].Kind != "" {
		l.made = append(l.made, tries[:]...)
	}
}

// brief is a prober whose attempts last until they count as timed out.
func (l *largeHello) brief() *Prober {
	p := *l.run.p
	p.Timeout = min(p.timeout(), matureAge)
	return &p
}

func (l *largeHello) experiment(kind ExperimentKind, c Climb) Experiment {
	return Experiment{Kind: kind, Target: l.target, Address: l.way.to.Addr(), Result: c}
}

// finish gives what the experiment showed. It waits only where the small hello
// passed at the address and the large one is still out. smallPassed also tells
// how long a packet and its answer take there, which the further tries need
// before their handshake begins.
func (l *largeHello) finish(ctx context.Context, smallPassed func(target string, a netip.Addr) (time.Duration, bool)) []Experiment {
	l.mu.Lock()
	cancel := l.cancel
	l.mu.Unlock()
	if cancel == nil {
		return nil
	}
	close(l.late)
	if roundTrip, ok := smallPassed(l.target, l.way.to.Addr()); ok {
		patience, stop := l.run.p.heart.now().after(largeHelloMoment + matureAge + roundTrip + largeHelloSlack)
		defer stop()
		select {
		case <-l.done:
		case <-ctx.Done():
		case <-patience:
			cancel(ErrDeadline) // old enough to count
		}
	}
	cancel(errNotNeeded)
	l.crew.Wait()
	return l.made
}
