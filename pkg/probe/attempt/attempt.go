package attempt

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The causes with which a caller ends a run's context. If a context ends
// without one of them, the run counts as ended by the deadline if its deadline
// has passed, otherwise as interrupted.
var (
	// ErrInterrupted: a person ended the run.
	ErrInterrupted = errors.New("interrupted")
	// ErrDeadline: the time for the whole run is over.
	ErrDeadline = errors.New("the deadline passed")
)

// errAttempt ends the context of one attempt.
var errAttempt = errors.New("no answer in time")

// ErrNotNeeded ends a probe of an optional target when nothing else is pending.
var ErrNotNeeded = errors.New("not needed any more")

// ErrNotWaitedFor ends optional probes once everything required is settled.
var ErrNotWaitedFor = errors.New("not waited for")

// ErrSilent ends the queries to a nameserver that did not answer in time.
var ErrSilent = errors.New("silent while everything else was answered")

// MatureAge is how old an open attempt must be at the deadline to count as
// timed out (the contract's exit status section).
const MatureAge = time.Second

// Do runs f under the time limit of one attempt. It measures the duration and
// reports whether the attempt's limit, the run's deadline or an interrupt ended
// it. f must respect its context.
func (p *Runner) Do(ctx context.Context, op observation.Op, f func(context.Context) error) (observation.Elapsed, *observation.Failure) {
	return p.Within(ctx, p.Limit(), op, f)
}

// Within is Do with a different limit. Time in which this process did not run
// counts neither towards the limit nor towards the measured duration.
func (p *Runner) Within(ctx context.Context, limit time.Duration, op observation.Op, f func(context.Context) error) (observation.Elapsed, *observation.Failure) {
	return p.Heart.Now().Within(ctx, limit, op, f)
}

// Within does the same for an attempt that began earlier.
func (m Moment) Within(ctx context.Context, limit time.Duration, op observation.Op, f func(context.Context) error) (observation.Elapsed, *observation.Failure) {
	own, cancel := context.WithCancelCause(noteStage(ctx, m))
	defer cancel(nil)
	defer m.AfterFunc(limit, func() { cancel(errAttempt) })()
	err := f(own)
	ran := m.Ran()
	if err == nil {
		return observation.Elapsed(ran), nil
	}
	failure := FailureOf(op, err)
	if failure.Kind == observation.KindTimeout {
		if over(ctx, own) {
			failure.Kind = endedBy(ctx, ran)
		}
		noteWait(failure, ran)
	}
	return observation.Elapsed(ran), failure
}

// CutOff is the failure of an attempt that has been open since then when the
// run's own context ended.
func (m Moment) CutOff(ctx context.Context, op observation.Op) *observation.Failure {
	open := m.Ran()
	f := &observation.Failure{Op: op, Kind: endedBy(ctx, open), Text: "the run ended first"}
	noteWait(f, open)
	if paused := m.spoils(f); paused > 0 {
		demote(f, paused)
	}
	return f
}

// noteWait records how long the attempt waited for an answer, if nothing else is
// known.
func noteWait(f *observation.Failure, open time.Duration) {
	switch f.Kind {
	case observation.KindTimeout:
		f.Text = "no answer in " + observation.Elapsed(open).String()
	case observation.KindUndecided:
		f.Text = "still open after " + observation.Elapsed(open).String()
	}
}

// over reports whether the run ended, rather than the attempt whose context is
// own. A dialer watches the run's deadline with a timer of its own, which may
// fire first.
func over(ctx, own context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, ok := ctx.Deadline()
	return ok && own.Err() == nil && time.Until(deadline) < 20*time.Millisecond
}

// endedBy returns how an attempt counts that had been open for that long when
// the run's own context ended.
func endedBy(ctx context.Context, open time.Duration) observation.Kind {
	switch cause := context.Cause(ctx); {
	case Ending(ctx) == observation.EndingInterrupted:
		return observation.KindInterrupted
	case errors.Is(cause, ErrSilent):
		return observation.KindTimeout
	case errors.Is(cause, ErrNotNeeded), errors.Is(cause, ErrNotWaitedFor), open < MatureAge:
		return observation.KindUndecided
	}
	return observation.KindTimeout
}

// Ending says how a run ended.
func Ending(ctx context.Context) observation.Ending {
	switch cause := context.Cause(ctx); {
	case cause == nil:
		return observation.EndingComplete
	case errors.Is(cause, ErrInterrupted), errors.Is(cause, context.Canceled):
		return observation.EndingInterrupted
	}
	return observation.EndingDeadline
}

// CloseWith closes c when ctx ends, so that a blocked read or write on it
// returns. The returned function undoes that.
func CloseWith(ctx context.Context, c net.Conn) (stop func()) {
	if deadline, ok := ctx.Deadline(); ok {
		// A deadline in the past causes a time-out; an error setting it appears at
		// the next read.
		_ = c.SetDeadline(deadline)
	}
	undo := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	return func() {
		if undo() {
			_ = c.SetDeadline(time.Time{})
		}
	}
}

// IsTimeout reports, by err's type, whether a time limit was exceeded. net/http
// returns the context's cause instead of its error.
func IsTimeout(err error) bool {
	for _, cause := range []error{
		errAttempt, ErrNotNeeded, ErrNotWaitedFor, ErrSilent, ErrDeadline, ErrInterrupted,
		context.DeadlineExceeded, context.Canceled, os.ErrDeadlineExceeded,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}
