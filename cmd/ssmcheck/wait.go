package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// pauses are the intervals between the starts of consecutive tries; the last
// one repeats. They are short at first, as most of what a booting node lacks
// appears within seconds.
var pauses = [...]time.Duration{
	2 * time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second,
	5 * time.Second, 8 * time.Second, 12 * time.Second, 15 * time.Second,
}

// minPause is the shortest pause between two tries, however long the first of
// them took.
const minPause = time.Second

// waitUntilPass repeats the run until it passes or --wait has elapsed, and
// returns the last full run. Tries in between probe only what failed. A run in
// progress when the time elapses is allowed to finish; if it was a partial one,
// a full one follows.
func (s system) waitUntilPass(ctx context.Context, o *options) (last *runResult, interrupted bool, err error) {
	w := waiter{
		deadline: time.Now().Add(time.Duration(o.wait)),
		strict:   o.strict,
		probe:    func(ctx context.Context, targets []string) (*runResult, error) { return s.runOnce(ctx, o, targets) },
		redacted: o.redacted,
		log:      waitLog{started: time.Now(), strict: o.strict, print: func(string) {}},
	}
	printed := false
	if !o.quiet {
		w.log.print = func(text string) { printed = true; s.writeLine(text) }
	}
	last, interrupted, err = w.untilPass(ctx)
	if printed && err == nil && needsBlankLine(s.terminal(s.stderr), s.terminal(s.stdout)) {
		fmt.Fprintln(s.stderr)
	}
	return last, interrupted, err
}

// needsBlankLine reports whether the log and the report appear on the same
// screen and need a blank line between them.
func needsBlankLine(stderr, stdout terminal) bool { return stderr.interactive && stdout.interactive }

// A waiter carries out one --wait.
type waiter struct {
	deadline time.Time
	strict   bool
	// probe makes one run. If targets is non-empty, it probes only those and
	// what they depend on.
	probe func(ctx context.Context, targets []string) (*runResult, error)
	// redacted returns a run's diagnosis as it may be printed.
	redacted func(*runResult) *diagnose.Report
	log      waitLog
}

func (w *waiter) untilPass(ctx context.Context) (last *runResult, interrupted bool, err error) {
	var retry []string // nil: all targets
	for try := 0; ; try++ {
		started := time.Now()
		final := !started.Before(w.deadline)
		if final {
			retry = nil
		}
		now, err := w.try(ctx, retry)
		noRegion, regionMissing := errors.AsType[*noRegionError](err)
		switch {
		case err != nil && (!regionMissing || final):
			if last != nil && interruptedBy(ctx) {
				return last, true, nil
			}
			return nil, false, err
		case regionMissing:
			w.log.noRegion(err)
		case now.report.Interrupted:
			if last == nil {
				last = now
			}
			return last, true, nil
		case retry == nil:
			last = now
			w.log.full(w.redacted(now))
			if w.passes(now) || !time.Now().Before(w.deadline) {
				return now, false, nil
			}
			retry = w.failing(now.report)
		default:
			if now.observed.Ending == observation.EndingComplete {
				w.log.partial(func() *diagnose.Report {
					before := last.observed.Only(retry)
					return w.redacted(&runResult{before, diagnose.Judge(before)})
				}, w.redacted(now))
			}
			if w.passes(now) {
				retry = nil // what failed now works: make a full run at once
				continue
			}
		}
		if !w.pause(ctx, started, try) {
			if last == nil {
				last = noRegion.partial() // only a missing Region leaves a try without a result
			}
			return last, true, nil
		}
	}
}

// try makes one run. A partial run is cut off when the time elapses; the full
// run that then follows is not.
func (w *waiter) try(ctx context.Context, retry []string) (*runResult, error) {
	if retry != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, w.deadline, probe.ErrDeadline)
		defer cancel()
	}
	return w.probe(ctx, retry)
}

// passes reports whether the run would end with status 0.
func (w *waiter) passes(l *runResult) bool { return l.report.ExitStatus(w.strict) == 0 }

// pause waits until the next try is due, but not longer than --wait. It reports
// false if it was interrupted.
func (w *waiter) pause(ctx context.Context, started time.Time, try int) bool {
	next := started.Add(pauses[min(try, len(pauses)-1)])
	if least := time.Now().Add(minPause); next.Before(least) {
		next = least
	}
	if next.After(w.deadline) {
		next = w.deadline
	}
	due := time.NewTimer(time.Until(next))
	defer due.Stop()
	select {
	case <-due.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// failing names the targets to retry. If only the node itself has a problem, it
// names the first target, as any run inspects the node. nil: all targets.
func (w *waiter) failing(r *diagnose.Report) []string {
	if r.Undecided {
		return nil
	}
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range problems(r, w.strict) {
		for _, name := range t.targets {
			add(name)
		}
	}
	for _, t := range r.Targets {
		if t.Asked && t.Verdict == diagnose.Fail {
			add(t.Name)
		}
	}
	if len(names) == 0 && len(r.Targets) > 0 {
		add(r.Targets[0].Name)
	}
	return names
}

func interruptedBy(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), probe.ErrInterrupted)
}
