package report_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// documents are the situations that every format renders.
func documents() map[string]*report.Document {
	return map[string]*report.Document{
		"healthy":   healthy(),
		"broken":    broken(),
		"resolver":  resolver(),
		"undecided": undecided(),
		"warned":    warned(),
	}
}

func text(t *testing.T, d *report.Document, o report.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, d, o); err != nil {
		t.Fatalf("Text: %v", err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func TestText(t *testing.T) {
	forms := map[string]report.TextOptions{
		"":         {},
		".verbose": {Verbose: true},
		".brief":   {Brief: true},
		".color":   {Color: true},
		".ascii":   {ASCII: true},
	}
	for name, d := range documents() {
		for form, o := range forms {
			if (form == ".color" || form == ".ascii") && name != "broken" {
				continue
			}
			t.Run(name+form, func(t *testing.T) { golden(t, name+form+".txt", text(t, d, o)) })
		}
	}
}

// Colours only repeat what words say.
func TestTextColorChangesNoWord(t *testing.T) {
	for name, d := range documents() {
		plain := text(t, d, report.TextOptions{})
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: a report without colour has an escape sequence", name)
		}
		coloured := text(t, d, report.TextOptions{Color: true})
		if !strings.Contains(coloured, "\x1b[") {
			t.Errorf("%s: a report with colour has none", name)
		}
		if d := cmp.Diff(plain, uncolour(coloured)); d != "" {
			t.Errorf("%s: (-plain +coloured):\n%s", name, d)
		}
	}
}

// uncolour takes out the sequences ESC [ … m.
func uncolour(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

// Only a command may be wider than the report, and then it stands alone.
func TestTextWidth(t *testing.T) {
	for name, d := range documents() {
		commands := map[string]bool{}
		for _, f := range d.Findings {
			for _, c := range f.Confirm {
				commands[c] = true
			}
		}
		for _, width := range []int{0, 60, 100} {
			limit := width
			if limit == 0 {
				limit = report.DefaultWidth
			}
			for _, verbose := range []bool{false, true} {
				seen := map[string]bool{}
				for line := range strings.Lines(text(t, d, report.TextOptions{Width: width, Verbose: verbose})) {
					line = strings.TrimSuffix(line, "\n")
					if strings.HasSuffix(line, " ") {
						t.Errorf("%s: a line ends in a space: %q", name, line)
					}
					bare, _, _ := strings.Cut(strings.TrimSpace(line), "  # ")
					seen[bare] = true
					if n := utf8.RuneCountInString(line); n > limit && !commands[bare] {
						t.Errorf("%s: %d columns, and %d is the limit: %q", name, n, limit, line)
					}
				}
				for c := range commands {
					if !seen[c] {
						t.Errorf("%s: the command is not on a line of its own: %q", name, c)
					}
				}
			}
		}
	}
}

// After a proxy's refusal no upgrade was sent, and nothing is said of one.
func TestTextNoUpgradeWithoutTunnel(t *testing.T) {
	for _, c := range []struct {
		name     string
		refused  *observation.Failure
		reported bool
	}{
		{"the proxy refuses", &observation.Failure{Op: observation.OpProxy, Kind: observation.KindStatus, Text: "403 Forbidden"}, false},
		{"the upgrade fails", nil, true},
	} {
		d := warned()
		p := d.Observations.Targets[2].Proxy
		p.Tunnel = &observation.Reply{Request: "CONNECT", Status: 403, Failure: c.refused}
		if c.refused != nil {
			p.Inside = observation.Stages{}
		}
		p.WebSocket = &observation.WebSocket{Stages: observation.Stages{Reply: &observation.Reply{Failure: &observation.Failure{Op: observation.OpReply, Kind: observation.KindReset}}}}
		if got := text(t, d, report.TextOptions{Verbose: true}); strings.Contains(got, "websocket:") != c.reported {
			t.Errorf("%s:\n%s", c.name, got)
		}
	}
}

// Every form has the verdict, the cause and what to do; all but the brief one
// have the evidence.
func TestText_everyForm(t *testing.T) {
	for _, o := range []report.TextOptions{{}, {Verbose: true}, {Brief: true}, {ASCII: true}, {Color: true}} {
		s := uncolour(text(t, broken(), o))
		want := []string{"FAIL  Session Manager cannot work", "endpoint-blocked", "allow TCP 443 from 10.0.1.0/24"}
		if !o.Brief {
			want = append(want, "10.0.1.102", "no answer in 3s", "nc -vz -w 3 10.0.1.102 443")
		}
		for _, want := range want {
			if !strings.Contains(s, want) {
				t.Errorf("%+v: no %q in:\n%s", o, want, s)
			}
		}
		if first, _, _ := strings.Cut(s, "\n"); !strings.HasPrefix(first, "FAIL") {
			t.Errorf("%+v: the first line is %q", o, first)
		}
	}
}

// A zero verdict is not known, and must not read as a pass.
func TestTextZeroVerdict(t *testing.T) {
	s := text(t, &report.Document{}, report.TextOptions{Verbose: true})
	if strings.Contains(s, "PASS") || strings.Contains(s, "can work") {
		t.Errorf("an empty document reads as a pass:\n%s", s)
	}
	d := healthy()
	d.Capabilities[0].Verdict, d.Targets[0].Verdict, d.Verdict = "", "", ""
	s = text(t, d, report.TextOptions{Verbose: true}) + text(t, d, report.TextOptions{})
	for _, want := range []string{"????  there is no verdict", "????  Run Command: unknown whether it can work", "????  ssm", "ssm: unknown"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in:\n%s", want, s)
		}
	}
}

type failingWriter struct {
	after int
	err   error
	calls int
}

func (w *failingWriter) Write(b []byte) (int, error) {
	w.calls++
	if w.calls > w.after {
		return 0, w.err
	}
	return len(b), nil
}

func TestTextGivesTheFirstWriteError(t *testing.T) {
	first := errors.New("no space left")
	w := &failingWriter{err: first}
	if err := report.Text(w, broken(), report.TextOptions{Verbose: true}); !errors.Is(err, first) {
		t.Errorf("Text gave %v, want %v", err, first)
	}
	if w.calls != 1 {
		t.Errorf("the writer was called %d times, want once: nothing follows a failed write", w.calls)
	}
	if err := report.JSON(&failingWriter{err: first}, broken()); !errors.Is(err, first) {
		t.Errorf("JSON gave %v, want %v", err, first)
	}
}
