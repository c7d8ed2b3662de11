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

// pauses are how long a try follows the one before it, from beginning to
// beginning; the last holds for all that follow. They are short at first: what
// a node lacks while it starts mostly comes within seconds.
var pauses = [...]time.Duration{
	2 * time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second,
	5 * time.Second, 8 * time.Second, 12 * time.Second, 15 * time.Second,
}

// leastRest is how long nothing is sent between two tries, however long the
// first of them took.
const leastRest = time.Second

// waitUntilWell looks until all is well or the time of --wait is over, and
// gives the last whole look. In between it tries again only what failed. The
// look that is under way when the time is over may end; where that was not a
// whole one, a whole one follows.
func (s system) waitUntilWell(ctx context.Context, o *options) (last *look, interrupted bool, err error) {
	w := waiting{
		over:   time.Now().Add(time.Duration(o.wait)),
		strict: o.strict,
		look:   func(ctx context.Context, targets []string) (*look, error) { return s.look(ctx, o, targets) },
		told:   o.told,
		news:   news{begun: time.Now(), strict: o.strict, say: func(string) {}},
	}
	told := false
	if !o.quiet {
		w.news.say = func(text string) { told = true; s.writeLine(text) }
	}
	last, interrupted, err = w.untilWell(ctx)
	if told && err == nil && partNews(s.terminal(s.stderr), s.terminal(s.stdout)) {
		fmt.Fprintln(s.stderr)
	}
	return last, interrupted, err
}

// partNews reports whether a person sees the news and the report beneath each
// other, so that an empty line belongs between them.
func partNews(stderr, stdout terminal) bool { return stderr.interactive && stdout.interactive }

// A waiting is one --wait.
type waiting struct {
	over   time.Time
	strict bool
	// look looks at the named targets and what they take; none: at all.
	look func(ctx context.Context, targets []string) (*look, error)
	// told is what a look means, as it may be told.
	told func(*look) *diagnose.Report
	news news
}

func (w *waiting) untilWell(ctx context.Context) (last *look, interrupted bool, err error) {
	var retry []string // nil: all
	for try := 0; ; try++ {
		begun := time.Now()
		final := !begun.Before(w.over)
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
			w.news.noRegion(err)
		case now.judged.Interrupted:
			if last == nil {
				last = now
			}
			return last, true, nil
		case retry == nil:
			last = now
			w.news.whole(w.told(now))
			if w.well(now) || !time.Now().Before(w.over) {
				return now, false, nil
			}
			retry = w.failing(now.judged)
		default:
			if now.seen.Ending == observation.EndingComplete {
				w.news.again(func() *diagnose.Report {
					before := last.seen.Only(retry)
					return w.told(&look{before, diagnose.Judge(before)})
				}, w.told(now))
			}
			if w.well(now) {
				retry = nil // what failed works: look at the whole at once
				continue
			}
		}
		if !w.rest(ctx, begun, try) {
			if last == nil {
				last = noRegion.seen() // nothing else leaves a try without a look
			}
			return last, true, nil
		}
	}
}

// try looks once. What is only tried again ends when the time is over: the
// whole look that follows then has all of its own.
func (w *waiting) try(ctx context.Context, retry []string) (*look, error) {
	if retry != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, w.over, probe.ErrDeadline)
		defer cancel()
	}
	return w.look(ctx, retry)
}

// well reports whether the run would end with status 0.
func (w *waiting) well(l *look) bool { return l.judged.ExitStatus(w.strict) == 0 }

// rest waits until the next try is due, at the latest until the time is over.
// It reports false where a person ended it.
func (w *waiting) rest(ctx context.Context, begun time.Time, try int) bool {
	next := begun.Add(pauses[min(try, len(pauses)-1)])
	if least := time.Now().Add(leastRest); next.Before(least) {
		next = least
	}
	if next.After(w.over) {
		next = w.over
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

// failing names the targets to try again. Where the node itself is what is
// wrong, that is the first target: the node is looked at with it. nil: all.
func (w *waiting) failing(r *diagnose.Report) []string {
	if r.Undecided {
		return nil
	}
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range troubles(r, w.strict) {
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
