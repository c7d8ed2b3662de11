package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// progressDelay is how long a run may take before it is worth telling how far
// it is.
const progressDelay = 200 * time.Millisecond

// A progress tells a person who waits how far the run is: a line a target on
// standard error, written over as news come and taken away at the end.
type progress struct {
	mu    sync.Mutex
	w     io.Writer // nil: nobody waits
	ascii bool
	// width and lines are what the terminal has room for; a longer line would
	// wrap, and a line that scrolled away could not be written over.
	width, lines int
	pad          int // columns of a name
	targets      []progressTarget
	brief        bool // a failure's own words are not to be told
	drawn        int  // lines on the screen
	late         *time.Timer
}

// A progressTarget is what is known of a target so far.
type progressTarget struct {
	name     string
	shown    string // the name, or with --redact its stand-in
	answers  bool
	failures []string
}

// begin starts to tell, unless nobody looks at standard error or the terminal
// cannot write over a line.
func (s system) begin(o *options, plan observation.Plan) *progress {
	t := s.terminal(s.stderr)
	term := s.getenv("TERM")
	if o.quiet || !t.interactive || term == "dumb" || term == "" && runtime.GOOS != "windows" {
		return &progress{}
	}
	p := newProgress(colourable(s.stderr), t, plan)
	if o.redact {
		p.redact(o.redactor.Targets(plan))
	}
	p.late = time.AfterFunc(progressDelay, p.show)
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

// redact has the targets shown by their stand-ins.
func (p *progress) redact(names map[string]string) {
	p.brief, p.pad = true, 0
	for i := range p.targets {
		p.targets[i].shown = names[p.targets[i].name]
		p.pad = max(p.pad, min(len(p.targets[i].shown), 40))
	}
}

// saw is the probe's callback.
func (p *progress) saw(e probe.Event) {
	if p.w == nil {
		return
	}
	if p.brief && e.Failure != nil {
		e.Failure = &observation.Failure{Op: e.Failure.Op, Kind: e.Failure.Kind}
	}
	p.mu.Lock()
	for i := range p.targets {
		if p.targets[i].name == e.Target {
			p.targets[i].note(e)
		}
	}
	shown := p.drawn > 0
	p.mu.Unlock()
	if shown {
		p.show()
	}
}

func (t *progressTarget) note(e probe.Event) {
	if e.Failure == nil {
		t.answers = true
		return
	}
	words := report.FailureWords(e.Failure)
	for _, f := range t.failures {
		if f == words {
			return
		}
	}
	t.failures = append(t.failures, words)
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

// show writes the lines, over those that are there.
func (p *progress) show() {
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
	// Who cannot be told does not hold the run up.
	_, _ = io.WriteString(p.w, b.String())
}

// line writes one line and clears what was there behind it.
func (p *progress) line(b *strings.Builder, text string) {
	b.WriteString(report.Shorten(text, p.width, p.ascii) + "\x1b[K\n")
	p.drawn++
}

// up moves the cursor to the first of n lines.
func up(b *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(b, "\x1b[%dA\r", n)
	}
}

// end takes the lines away. Nothing is told after it.
func (p *progress) end() {
	if p.late != nil {
		p.late.Stop()
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
