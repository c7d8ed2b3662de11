package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A trouble is one cause that keeps a run from being well.
type trouble struct {
	code    diagnose.Code
	title   string
	targets []string
}

// undecided is the code of a trouble that has no cause.
const undecided diagnose.Code = ""

// troubles are what keeps the run from ending with status 0.
func troubles(r *diagnose.Report, strict bool) []trouble {
	var all []trouble
	for _, f := range r.Findings {
		if f.Severity == diagnose.Error || strict && f.Severity == diagnose.Warning {
			all = append(all, trouble{f.Code, f.Title, f.Targets})
		}
	}
	if r.Undecided && len(all) == 0 {
		all = append(all, trouble{code: undecided, title: "the deadline passed before everything was decided"})
	}
	return all
}

// changes are the troubles that have come, and the codes that are gone. A
// trouble whose targets are others has come again, where targets are compared.
func changes(before, after []trouble, targets bool) (come []trouble, gone []diagnose.Code) {
	for _, t := range after {
		i := slices.IndexFunc(before, t.same)
		if i < 0 || targets && !slices.Equal(before[i].targets, t.targets) {
			come = append(come, t)
		}
	}
	for _, t := range before {
		if !slices.ContainsFunc(after, t.same) && t.code != undecided && !slices.Contains(gone, t.code) {
			gone = append(gone, t.code)
		}
	}
	return come, gone
}

func (t trouble) same(other trouble) bool { return t.code == other.code }

// A news tells a person who waits what changes from try to try.
type news struct {
	begun  time.Time
	strict bool
	say    func(string)
	// told are the troubles that were told last, and part is what the next
	// try of the same targets is compared with.
	told, part []trouble
	// region is why the last try had no Region.
	region observation.Kind
}

// whole tells what a whole look has changed. Its targets are not compared: what
// was tried again in between may have been a part of them.
func (n *news) whole(r *diagnose.Report) {
	after := troubles(r, n.strict)
	n.tell(changes(n.told, after, false))
	n.told, n.part = after, nil
}

// again tells what a try of some targets has changed. The first is compared
// with what a look at these targets alone would have found before: with the
// others left out, the same fault may have another name.
func (n *news) again(before func() *diagnose.Report, r *diagnose.Report) {
	if n.part == nil {
		n.part = troubles(before(), n.strict)
	}
	after := troubles(r, n.strict)
	come, gone := changes(n.part, after, true)
	n.tell(come, gone)
	n.part = after
	n.told = slices.DeleteFunc(n.told, func(t trouble) bool { return slices.Contains(gone, t.code) })
	n.told = append(n.told, come...)
}

func (n *news) tell(come []trouble, gone []diagnose.Code) {
	for _, t := range come {
		text := t.title
		if t.code != undecided {
			text += " (" + string(t.code) + ")"
		}
		n.line(text)
	}
	for _, code := range gone {
		n.line(string(code) + " holds no longer")
	}
}

// noRegion tells why there is no Region, once for each kind of reason: the
// times in its words are others each time.
func (n *news) noRegion(err error) {
	kind := observation.KindOther
	if f, ok := errors.AsType[*observation.Failure](err); ok {
		kind = f.Kind
	}
	if kind != n.region {
		n.line(err.Error())
	}
	n.region = kind
}

// line tells one change, with the time since the beginning.
func (n *news) line(text string) {
	n.say(fmt.Sprintf("after %s: %s", time.Since(n.begun).Round(time.Second), text))
}
