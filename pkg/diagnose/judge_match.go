package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// An effect is what a cause does to a target. The zero value is none.
type effect int

const (
	// affects: it is seen at the target, which does not fail because of it.
	affects effect = iota + 1
	// blocks: the target is not reached because of it.
	blocks
	// invalidates: AWS answers there, and the target is useless anyway.
	invalidates
)

// A match is one place where a cause holds.
type match struct {
	// target is nil where the cause concerns the node as a whole.
	target *target
	effect effect
	// limit is the highest severity of this match. Empty: that of the cause.
	limit Severity
	// forceError makes it an error though the target works: `--expect private`
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

// words describe a finding, apart from the evidence of its matches.
type words struct {
	title string
	// more is evidence that concerns no single match.
	more   []string
	checks []Check
	fix    []string
	// does are the steps that an action stands for, by its kind. An action that is
	// not among them stands for the first step.
	does map[fix.Kind][]string
	// mode is that of fix. Empty: one step after the other is tried.
	mode FixMode
}

// targetsOf are the targets of the matches, in plan order, each once.
func targetsOf(ms []match) []*target {
	var ts []*target
	for _, m := range ms {
		if m.target != nil && !m.suppressed && !slices.Contains(ts, m.target) {
			ts = append(ts, m.target)
			for i := len(ts) - 1; i > 0 && ts[i].index < ts[i-1].index; i-- {
				ts[i], ts[i-1] = ts[i-1], ts[i]
			}
		}
	}
	return ts
}

// pathsOf are the paths of the matches, each once.
func pathsOf(ms []match) []*path {
	var ws []*path
	for _, m := range ms {
		if m.path != nil && !m.suppressed && !slices.Contains(ws, m.path) {
			ws = append(ws, m.path)
		}
	}
	return ws
}

// serversOf are the nameservers of the matches, each once.
func serversOf(ms []match) []*server {
	var ss []*server
	for _, m := range ms {
		if m.server != nil && !m.suppressed && !slices.Contains(ss, m.server) {
			ss = append(ss, m.server)
		}
	}
	return ss
}

// match finds where each cause holds, and drops what follows from another.
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
			continue // nothing is left but what follows from it
		}
		j.left[c.code] = left
	}
	j.demoteUndecided()
	j.markTentative()
}
