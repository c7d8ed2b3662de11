//go:build linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// maxResident limits the memory of a run, whatever attacks it.
const maxResident = 60 << 20

// TestHostile runs the program in every hostile scenario. It must end in time, use
// little memory, report the right finding, and pass nothing through to a terminal, in any
// format.
func TestHostile(t *testing.T) {
	p := build(t)
	needs(t, p)
	formats := p.formats(t)
	for _, s := range hostile.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r := settle(t, p, func(p programs) measured { return ranHostile(t, p, s, formats) },
				func(r measured) bool { return onlySlow(s.Want, r.doc, r.Status, r.Took) })
			d := r.doc
			if r.Took > limit(d) {
				t.Errorf("took %s, and its deadline is %s", r.Took, d.Observations.Plan.Deadline)
			}
			if m := s.Want.Misses(lab.Found(&d.Report, r.Status)); len(m) > 0 {
				t.Errorf("%s\n%s", strings.Join(m, "\n"), text(d))
			}
			if d.Observations.Ending == observation.EndingInterrupted {
				t.Errorf("ended by %q", d.Observations.Ending)
			}
		})
	}
}

// ranHostile runs the program in a scenario, and checks what does not depend on the
// machine's speed.
func ranHostile(t *testing.T, p programs, s lab.Scenario, formats []string) measured {
	t.Helper()
	r := p.measure(t, s, formats)
	checkMeasure(t, r)
	checkBytes(t, r)
	var err error
	if r.doc, err = report.ReadJSON(bytes.NewReader(r.outputs["json"])); err != nil {
		t.Fatalf("status %d: %v\n%s", r.Status, err, r.stderr)
	}
	for _, secret := range lab.Secrets() {
		for name, b := range r.outputs {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds the secret %q", name, secret)
			}
		}
	}
	return r
}

func checkMeasure(t *testing.T, r measured) {
	t.Helper()
	if r.Resident > maxResident {
		t.Errorf("%d MiB resident, more than %d", r.Resident>>20, maxResident>>20)
	}
	if bytes.Contains(r.stderr, []byte("internal error")) || bytes.Contains(r.stderr, []byte("goroutine ")) {
		t.Errorf("a crash:\n%s", r.stderr)
	}
	t.Logf("%d ms, %d MiB", r.Took.Milliseconds(), r.Resident>>20)
}

// checkBytes checks that no output contains a character that affects a terminal.
func checkBytes(t *testing.T, r measured) {
	t.Helper()
	for name, b := range r.outputs {
		for i, c := range string(b) {
			if affectsTerminal(c) {
				t.Errorf("%s holds %U: %q", name, c, b[max(0, i-60):i+1])
				break
			}
		}
		if bytes.ContainsAny(b, "\x9b") && !bytes.ContainsRune(b, '\u009b') && !valid(b) {
			t.Errorf("%s is no UTF-8", name)
		}
	}
}

func valid(b []byte) bool { return bytes.Equal(b, bytes.ToValidUTF8(b, nil)) }

// affectsTerminal reports whether a character controls a terminal or changes the text
// direction.
func affectsTerminal(c rune) bool {
	switch {
	case c == '\n' || c == '\t':
		return false
	case c < ' ', c >= 0x7f && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0x200e, c == 0x200f:
		return true
	}
	return false
}

// formats returns the formats that the program completes.
func (p programs) formats(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command(p.ssmcheck, "__complete", "--output", "").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name = strings.TrimSuffix(name, "="); name != "" && !strings.HasPrefix(name, ":") {
			all = append(all, name)
		}
	}
	if len(all) < 9 {
		t.Fatalf("the program has the formats %q, which cannot be all", all)
	}
	return all
}

// A measured run has its time, its memory and everything it wrote.
type measured struct {
	Status   int
	Took     time.Duration
	Resident int64
	stderr   []byte
	// outputs are the reports by format, standard output and standard error.
	outputs map[string][]byte
	doc     *report.Document
}

// measure runs the program in a scenario, with the scenario's flags and others, and has
// it write every format.
func (p programs) measure(t *testing.T, s lab.Scenario, formats []string, flags ...string) measured {
	t.Helper()
	dir := t.TempDir()
	command := []string{selfProgram(t), measureCommand, p.ssmcheck, "-v"}
	for _, f := range formats {
		command = append(command, "-o", f+"="+filepath.Join(dir, f))
	}
	command = append(append(command, s.Args...), flags...)
	r, err := p.inside(t.Context(), s.Name, command...)
	if err != nil {
		t.Fatal(err)
	}
	text, numbers, ok := strings.Cut(r.stderr, measureMark)
	m := measured{outputs: map[string][]byte{"standard error": []byte(text), "standard output": []byte(r.stdout)}, stderr: []byte(text)}
	if err := json.Unmarshal([]byte(numbers), &m); err != nil || !ok {
		t.Fatalf("no measure: %v\n%s", err, r.stderr)
	}
	for _, f := range formats {
		b, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatalf("status %d: %v\n%s", m.Status, err, m.stderr)
		}
		m.outputs[f] = b
	}
	return m
}

const (
	// measureCommand makes this test program run a command and write its time and
	// memory to standard error, after measureMark.
	measureCommand = "run-and-measure"
	measureMark    = "\nmeasured: "
)

func selfProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// runAndMeasure implements measureCommand.
func runAndMeasure(command []string) int {
	c := exec.CommandContext(context.Background(), command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	began := time.Now()
	_ = c.Run() // the status is what counts
	m := measured{Status: c.ProcessState.ExitCode(), Took: time.Since(began), Resident: residentOf(c.ProcessState)}
	b, err := json.Marshal(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintf(os.Stderr, "%s%s\n", measureMark, b)
	return 0
}

// residentOf returns the peak resident memory of a process, in bytes.
func residentOf(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss) << 10 //nolint:unconvert // in kilobytes; 32 bits on some systems
	}
	return 0
}
