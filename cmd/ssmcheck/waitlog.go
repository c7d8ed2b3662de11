package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A problem is one cause that keeps a run from passing.
type problem struct {
	code    diagnose.Code
	title   string
	targets []string
}

// undecided is the code of a problem without a cause.
const undecided diagnose.Code = ""

// problems lists what keeps the run from ending with status 0.
func problems(r *diagnose.Report, strict bool) []problem {
	var all []problem
	for _, f := range r.Findings {
		if !f.Ignored && (f.Severity == diagnose.Error || strict && f.Severity == diagnose.Warning) {
			all = append(all, problem{f.Code, f.Title, f.Targets})
		}
	}
	if r.Undecided && len(all) == 0 {
		all = append(all, problem{code: undecided, title: "the deadline passed before every check was decided"})
	}
	return all
}

// changes returns the added problems and the codes that are gone. If targets is
// set, a problem that affects other targets than before counts as new.
func changes(before, after []problem, targets bool) (added []problem, gone []diagnose.Code) {
	for _, t := range after {
		i := slices.IndexFunc(before, t.same)
		if i < 0 || targets && !slices.Equal(before[i].targets, t.targets) {
			added = append(added, t)
		}
	}
	for _, t := range before {
		if !slices.ContainsFunc(after, t.same) && t.code != undecided && !slices.Contains(gone, t.code) {
			gone = append(gone, t.code)
		}
	}
	return added, gone
}

func (t problem) same(other problem) bool { return t.code == other.code }

// A waitLog prints what changes from try to try.
type waitLog struct {
	started time.Time
	strict  bool
	print   func(string)
	// current are the problems that the log shows. baseline is what the next
	// try of the same targets is compared with.
	current, baseline []problem
	// regionKind is why the last try had no Region.
	regionKind observation.Kind
}

// full logs what a full run has changed. Targets are not compared: the partial
// runs in between may have covered only some of them.
func (l *waitLog) full(r *diagnose.Report) {
	after := problems(r, l.strict)
	l.logChanges(changes(l.current, after, false))
	l.current, l.baseline = after, nil
}

// partial logs what a run of some targets has changed. The first one is compared
// with what a run of only these targets would have found before: without the
// others, the same fault may be another cause.
func (l *waitLog) partial(before func() *diagnose.Report, r *diagnose.Report) {
	if l.baseline == nil {
		l.baseline = problems(before(), l.strict)
	}
	after := problems(r, l.strict)
	added, gone := changes(l.baseline, after, true)
	l.logChanges(added, gone)
	l.baseline = after
	l.current = slices.DeleteFunc(l.current, func(t problem) bool { return slices.Contains(gone, t.code) })
	l.current = append(l.current, added...)
}

func (l *waitLog) logChanges(added []problem, gone []diagnose.Code) {
	for _, t := range added {
		text := t.title
		if t.code != undecided {
			text += " (" + string(t.code) + ")"
		}
		l.line(text)
	}
	for _, code := range gone {
		l.line(string(code) + " is resolved")
	}
}

// noRegion logs why there is no Region, once per kind of reason: the durations
// in the text differ every time.
func (l *waitLog) noRegion(err error) {
	kind := observation.KindOther
	if f, ok := errors.AsType[*observation.Failure](err); ok {
		kind = f.Kind
	}
	if kind != l.regionKind {
		l.line(err.Error())
	}
	l.regionKind = kind
}

// line logs one change and the time since the start.
func (l *waitLog) line(text string) {
	l.print(fmt.Sprintf("after %s: %s", time.Since(l.started).Round(time.Second), text))
}
