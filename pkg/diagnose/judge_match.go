package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// An effect is what a cause does to a target. The zero value is none.
type effect int

const (
	// affects: it shows at the target, which does not fail because of it.
	affects effect = iota + 1
	// blocks: the target is not reached because of it.
	blocks
	// invalidates: AWS answers there, but the target is useless anyway.
	invalidates
)

// A match is one place where a cause holds.
type match struct {
	// target is nil if the cause concerns the node as a whole.
	target *target
	effect effect
	// limit is the highest severity of this match. Empty: that of the cause.
	limit Severity
	// forceError makes it an error although the target works: `--expect private`
	// was given, and is not met.
	forceError bool
	// suppressed: it explains what is seen at the target, but the finding does
	// not list it.
	suppressed bool
	// dependent: it holds only if an independent match is left.
	dependent bool
	// tentative: the agent may take another path: a proxy or an address that
	// could not be read, or another name, as its version is not known. Then it
	// is at most a warning, and its target undecided.
	tentative bool
	evidence  []string
	// path and server are where it was seen, for the words.
	path   *path
	server *server
	// lines are those of the agent's log.
	lines []loggedLine

	severity Severity
}

// words describe a finding, except for the evidence of its matches.
type words struct {
	title string
	// more is evidence that concerns no single match.
	more   []string
	checks []Check
	fix    []string
	// does has the steps that an action stands for, by its kind. Without it, every
	// action stands for the first step.
	does map[fix.Kind][]string
	// mode is that of fix. Empty: the steps are tried in order.
	mode FixMode
}

// targetsOf are the targets of the matches, in plan order, each once.
func targetsOf(ms []match) []*target {
	ts := named(ms, func(m match) *target { return m.target })
	slices.SortFunc(ts, func(a, b *target) int { return a.index - b.index })
	return ts
}

// named returns what the matches have in one field, each once. Suppressed matches
// do not count.
func named[T comparable](ms []match, field func(match) T) []T {
	var list []T
	var none T
	for _, m := range ms {
		if v := field(m); v != none && !m.suppressed {
			list = appendNew(list, v)
		}
	}
	return list
}

// pathsOf are the paths of the matches, each once.
func pathsOf(ms []match) []*path { return named(ms, func(m match) *path { return m.path }) }

// serversOf are the nameservers of the matches, each once.
func serversOf(ms []match) []*server {
	return named(ms, func(m match) *server { return m.server })
}

// matchPaths matches each of the usable paths for which holds does.
func (f *facts) matchPaths(e effect, evidence func(*path) []string, holds func(*path) bool) []match {
	return mapTo(f.paths(holds), func(w *path) match {
		return match{target: w.target, path: w, effect: e, evidence: evidence(w)}
	})
}

// match finds where each cause holds, and drops what follows from other causes.
func (j *judgement) match() {
	for _, c := range j.causes {
		if c.find == nil {
			continue
		}
		var left []match
		byAddress := slices.Contains(wrongAWSAddress(), c.code)
		for _, m := range c.find(j.facts) {
			if byAddress && m.effect == blocks && m.target != nil && j.facts.failsAnywhere(m.target) {
				m.effect = affects
			}
			if !j.explained(c, m) {
				left = append(left, m)
			}
		}
		if !slices.ContainsFunc(left, func(m match) bool { return !m.dependent && !m.suppressed }) {
			continue // only dependent matches are left
		}
		j.left[c.code] = left
	}
	j.demoteUndecided()
	j.markTentative()
}
