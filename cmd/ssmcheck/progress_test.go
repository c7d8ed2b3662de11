package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// screen is what a terminal shows of what was written to it. It knows the few
// sequences that the progress uses, and says so of any other.
func screen(t *testing.T, written string) []string {
	t.Helper()
	lines, row, col := []string{""}, 0, 0
	for len(written) > 0 {
		var n int
		var command rune
		switch {
		case strings.HasPrefix(written, "\x1b[K"):
			lines[row] = lines[row][:col]
			written = written[3:]
		case strings.HasPrefix(written, "\x1b[J"):
			lines = append(lines[:row], lines[row][:col])
			written = written[3:]
		case strings.HasPrefix(written, "\x1b["):
			if _, err := fmt.Sscanf(written, "\x1b[%d%c", &n, &command); err != nil || command != 'A' || n > row {
				t.Fatalf("an unknown sequence, or above the first line: %.10q", written)
			}
			row -= n
			written = written[strings.IndexRune(written, 'A')+1:]
		case written[0] == '\n':
			if row, col = row+1, 0; row == len(lines) {
				lines = append(lines, "")
			}
			written = written[1:]
		case written[0] == '\r':
			col, written = 0, written[1:]
		default:
			rest := ""
			if col < len(lines[row]) {
				rest = lines[row][col+1:]
			}
			lines[row] = lines[row][:col] + written[:1] + rest
			col, written = col+1, written[1:]
		}
	}
	return lines
}

func planOf(names ...string) observation.Plan {
	var p observation.Plan
	for _, n := range names {
		p.Targets = append(p.Targets, observation.PlannedTarget{Target: endpoint.Target{Name: n}})
	}
	return p
}

func TestProgress(t *testing.T) {
	var b bytes.Buffer
	plan := planOf("ssm", "ssmmessages", "s3", "skipped")
	plan.Targets[3].NotApplicable = "not in this Region"
	p := newProgress(&b, terminal{width: 44, height: 25}, plan)
	p.update(probe.Event{Target: "s3"}) // not yet shown
	if b.Len() > 0 {
		t.Errorf("written before it was time: %q", &b)
	}
	p.draw()
	refused := &observation.Failure{Op: observation.OpConnect, Kind: observation.KindConnectionRefused}
	p.update(probe.Event{Target: "ssmmessages", Failure: refused})
	p.update(probe.Event{Target: "ssmmessages", Failure: refused})
	p.update(probe.Event{Target: "s3", Failure: &observation.Failure{Op: observation.OpHandshake, Kind: observation.KindOther, Text: "\x1b[2J\nhostile, and longer than the line is"}})
	p.update(probe.Event{Target: "nobody"})
	want := []string{
		"ssm          ...",
		"ssmmessages  tcp: refused",
		`s3           answers; tls: \x1b[2J\x0aho...`,
		"",
	}
	if diff := cmp.Diff(want, screen(t, b.String())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.end()
	p.update(probe.Event{Target: "ssm"})
	p.draw()
	if got := screen(t, b.String()); len(got) != 1 || got[0] != "" {
		t.Errorf("left on the screen: %q", got)
	}
}

// More targets than lines: what scrolled away could not be written over.
func TestProgressSmallTerminal(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("target-%d", i))
	}
	var b bytes.Buffer
	p := newProgress(&b, terminal{width: 80, height: 10}, planOf(names...))
	p.draw()
	p.draw()
	got := screen(t, b.String())
	if len(got) != 10 || got[8] != "and 22 more" {
		t.Errorf("%d lines: %q", len(got), got)
	}
}

// Nothing is written where nobody looks.
func TestProgressOnlyOnATerminal(t *testing.T) {
	var b bytes.Buffer
	s := system{stderr: &b, getenv: func(name string) string { return map[string]string{"TERM": "xterm"}[name] }}
	p := s.begin(new(options), planOf("ssm"))
	p.update(probe.Event{Target: "ssm"})
	p.draw()
	p.end()
	if b.Len() > 0 {
		t.Errorf("written: %q", &b)
	}
}
