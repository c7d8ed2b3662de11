package diagnose

import "slices"

// A cause is one row of the contract's tables: when it holds, what it matters
// at most, what explains it away, and how it is told.
type cause struct {
	code   Code
	atMost Severity
	// explainedBy are the codes from which this one follows: where one of
	// them breaks a target, this cause says nothing of that target. They
	// stand earlier in the list of causes.
	explainedBy []Code
	// apart tells what was not asked for, or matters less, as a finding of
	// its own. It is for causes that are cured one target at a time.
	apart bool
	// everyWay: it holds whichever way the agent takes, by another address
	// or through a proxy.
	everyWay bool
	// restart: the agent gives up for up to an hour while it holds.
	restart bool
	// credentials: new credentials, or another policy for them, cure it.
	credentials bool
	find        func(f *facts) []match
	tell        func(f *facts, ms []match) words
}

// An effect is what a cause does to a target. The zero value is none.
type effect int

const (
	// touches: the target shows it, and does not fail by it.
	touches effect = iota + 1
	// breaks: the target is not reached because of it.
	breaks
	// defeats: AWS answers there, and it is of no use all the same.
	defeats
)

// A match is one place where a cause holds.
type match struct {
	// target is nil where the cause concerns the node as a whole.
	target *target
	effect effect
	// limit is the most that this match can be. Empty: what the cause can.
	limit Severity
	// force makes it an error though the target works: `--expect private`
	// was given, and is not met.
	force bool
	// quiet: it explains what is seen at the target, and the finding does
	// not list it.
	quiet bool
	// follows: it holds only where a match that does not follow is left.
	follows bool
	// unsure: the agent may go another way, through a proxy or to an address that could not be
	// read, or by another name, as its version is not known. It then is a warning at most, and its target undecided.
	unsure   bool
	evidence []string
	// way and server are where it was seen, for the words.
	way    *way
	server *server
	// lines are those of the agent's log.
	lines []loggedLine

	severity Severity
}

// words are how a finding is told, beside its evidence.
type words struct {
	title string
	// more is evidence that concerns no single match.
	more    []string
	confirm []string
	fix     []string
}

// targetsOf are the targets of the matches, in plan order, each once.
func targetsOf(ms []match) []*target {
	var ts []*target
	for _, m := range ms {
		if m.target != nil && !m.quiet && !slices.Contains(ts, m.target) {
			ts = append(ts, m.target)
		}
	}
	slices.SortStableFunc(ts, func(a, b *target) int { return a.index - b.index })
	return ts
}

// waysOf are the ways of the matches, each once.
func waysOf(ms []match) []*way {
	var ws []*way
	for _, m := range ms {
		if m.way != nil && !m.quiet && !slices.Contains(ws, m.way) {
			ws = append(ws, m.way)
		}
	}
	return ws
}

// serversOf are the nameservers of the matches, each once.
func serversOf(ms []match) []*server {
	var ss []*server
	for _, m := range ms {
		if m.server != nil && !m.quiet && !slices.Contains(ss, m.server) {
			ss = append(ss, m.server)
		}
	}
	return ss
}
