package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// progressDelay is how long a run takes before progress is shown.
const progressDelay = 200 * time.Millisecond

// A progress shows on a terminal how far the run is: one line per target on
// standard error, overwritten on every event and removed at the end.
type progress struct {
	mu    sync.Mutex
	w     io.Writer // nil: show nothing
	ascii bool
	// width and lines are limits: a longer line would wrap, and a line that has
	// scrolled away cannot be overwritten.
	width, lines int
	pad          int // columns of a name
	targets      []progressTarget
	redacted     bool // leave out the text of failures
	drawn        int  // lines on the screen
	delayed      *time.Timer
}

// A progressTarget is what is known about a target so far.
type progressTarget struct {
	name     string
	shown    string // the name, or with --redact its pseudonym
	answers  bool
	failures []string
}

// begin starts showing progress, unless standard error is not a terminal that
// can overwrite lines.
func (s system) begin(o *options, plan observation.Plan) *progress {
	t := s.terminal(s.stderr)
	if o.quiet || !s.overwrites(t) {
		return &progress{}
	}
	p := newProgress(colourable(s.stderr), t, plan)
	if o.redact {
		p.redact(o.redactor.Targets(plan))
	}
	p.delayed = time.AfterFunc(progressDelay, p.draw)
	return p
}

func newProgress(w io.Writer, t terminal, plan observation.Plan) *progress {
	p := &progress{w: w, ascii: !t.utf8, width: t.width - 1, lines: max(t.height, 10) - 1}
	for _, x := range plan.Targets {
		if x.NotApplicable == "" && x.NotDocumented == "" {
			p.targets = append(p.targets, progressTarget{name: x.Name, shown: x.Name})
			p.pad = max(p.pad, min(len(x.Name), 40))
		}
	}
	return p
}

// redact shows the targets by their pseudonyms.
func (p *progress) redact(names map[string]string) {
	p.redacted, p.pad = true, 0
	for i := range p.targets {
		p.targets[i].shown = names[p.targets[i].name]
		p.pad = max(p.pad, min(len(p.targets[i].shown), 40))
	}
}

// update is the probe's callback.
func (p *progress) update(e probe.Event) {
	if p.redacted && e.Failure != nil {
		e.Failure = &observation.Failure{Op: e.Failure.Op, Kind: e.Failure.Kind}
	}
	p.mu.Lock()
	for i := range p.targets { // also after end: a bug that ends the run leaves others at work
		if p.targets[i].name == e.Target {
			p.targets[i].note(e)
		}
	}
	shown := p.drawn > 0
	p.mu.Unlock()
	if shown {
		p.draw()
	}
}

func (t *progressTarget) note(e probe.Event) {
	if e.Failure == nil {
		t.answers = true
		return
	}
	if words := report.FailureWords(e.Failure); !slices.Contains(t.failures, words) {
		t.failures = append(t.failures, words)
	}
}

func (t *progressTarget) line(pad int) string {
	state := t.failures
	switch {
	case t.answers:
		state = append([]string{"answers"}, t.failures...)
	case len(state) == 0:
		state = []string{"..."}
	}
	return fmt.Sprintf("%-*s  %s", pad, t.shown, strings.Join(state, "; "))
}

// draw writes the lines, overwriting the previous ones.
func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil {
		return
	}
	var b strings.Builder
	up(&b, p.drawn)
	p.drawn = 0
	for i := range p.targets {
		if left := len(p.targets) - i; p.drawn == p.lines-1 && left > 1 {
			p.line(&b, fmt.Sprintf("and %d more", left))
			break
		}
		p.line(&b, p.targets[i].line(p.pad))
	}
	// Errors writing progress must not affect the run.
	_, _ = io.WriteString(p.w, b.String())
}

// line writes one line and clears the rest of it.
func (p *progress) line(b *strings.Builder, text string) {
	b.WriteString(report.Shorten(text, p.width, p.ascii) + "\x1b[K\n")
	p.drawn++
}

// up moves the cursor up n lines, to the first column.
func up(b *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(b, "\x1b[%dA\r", n)
	}
}

// end removes the lines. Later events show nothing.
func (p *progress) end() {
	if p.delayed != nil {
		p.delayed.Stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && p.drawn > 0 {
		var b strings.Builder
		up(&b, p.drawn)
		_, _ = io.WriteString(p.w, b.String()+"\x1b[J")
	}
	p.w = nil
}
