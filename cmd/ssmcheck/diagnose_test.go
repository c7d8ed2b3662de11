package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// atOnce is how many scenarios run at a time: they wait more than they work.
const atOnce = 4

// TestDiagnoseAgain judges the saved report of every scenario again, by the
// whole command: nothing is added and nothing is lost, and the exit status is
// the run's.
func TestDiagnoseAgain(t *testing.T) {
	free := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for _, s := range scenarios.All() {
		if s.NetnsOnly != "" {
			continue // the end-to-end test has them
		}
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			// What is found does not matter here: the short timeout may
			// make it another cause than the scenario's.
			// The Region is named: on a busy machine metadata may be late.
			r, err := lab.Preflight(t.Context(), s, "--timeout", "300ms", "--region", s.World().Region)
			if err != nil {
				t.Errorf("%s: %v", s.Name, err)
				return
			}
			var saved bytes.Buffer
			if err := report.JSON(&saved, report.New("1.2.3", r.Report, r.Seen)); err != nil {
				t.Errorf("%s: %v", s.Name, err)
				return
			}
			status, out, errs := diagnoseAgain(t.Context(), saved.Bytes(), "-o", "json")
			if status != r.Status || errs != "" {
				t.Errorf("%s: exit status %d, and %d of the run; standard error %q", s.Name, status, r.Status, errs)
			}
			if diff := cmp.Diff(saved.String(), out); diff != "" {
				t.Errorf("%s: judged again it is another report (-saved +again):\n%s", s.Name, diff)
			}
		})
	}
	all.Wait()
}

// diagnoseAgain gives a report to the command on standard input.
func diagnoseAgain(ctx context.Context, saved []byte, args ...string) (status int, out, errs string) {
	var stdout, stderr bytes.Buffer
	s := system{stdin: bytes.NewReader(saved), stdout: &stdout, stderr: &stderr,
		getenv: func(string) string { return "" }, version: "1.2.3"}
	status = run(ctx, append([]string{"diagnose", "-"}, args...), s)
	return status, stdout.String(), stderr.String()
}

// savedRun is the report of one run on disk.
func savedRun(t *testing.T, scenario string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), scenario+".json")
	x := newTrial(t, scenario)
	x.run(t, "--region", "us-east-2", "--timeout", "1500ms", "-o", "json="+path)
	return path
}

// The status of several reports is the worst, and each is told in its turn.
func TestDiagnoseSeveral(t *testing.T) {
	good, bad := savedRun(t, "private-vpc"), savedRun(t, "endpoint-blocked")
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{good}, 0},
		{[]string{bad}, 1},
		{[]string{good, bad}, 1},
		{[]string{bad, good}, 1},
		{[]string{bad, "-", good}, statusUsage},
	} {
		var stdout, stderr bytes.Buffer
		s := system{stdin: strings.NewReader("{}"), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, version: "1.2.3"}
		if status := run(t.Context(), append([]string{"diagnose"}, c.args...), s); status != c.want {
			t.Errorf("%q: exit status %d, want %d: %s", c.args, status, c.want, &stderr)
		}
		told := strings.Count(stdout.String(), "PASS  Run Command, ") + strings.Count(stdout.String(), "FAIL  Session Manager cannot")
		if want := strings.Count(strings.Join(c.args, " "), ".json"); told != want {
			t.Errorf("%q: %d reports told, want %d:\n%s", c.args, told, want, &stdout)
		}
	}
}

// The output may be the file that was read.
func TestDiagnoseIntoItself(t *testing.T) {
	path := savedRun(t, "private-vpc")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := system{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer), getenv: func(string) string { return "" }, version: "1.2.3"}
	if status := run(t.Context(), []string{"diagnose", path, "-o", "json=" + path}, s); status != 0 {
		t.Errorf("exit status %d: %s", status, s.stderr)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// A pipe that says nothing is waited for until a person ends it.
func TestDiagnoseInterrupted(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, end := context.WithCancelCause(t.Context())
	end(probe.ErrInterrupted)
	var stderr bytes.Buffer
	s := system{stdin: r, stdout: new(bytes.Buffer), stderr: &stderr, getenv: func(string) string { return "" }}
	if status := run(ctx, []string{"diagnose", "-"}, s); status != statusUnfinished {
		t.Errorf("exit status %d, want %d", status, statusUnfinished)
	}
	if got, want := stderr.String(), "ssmcheck: interrupted while reading standard input\n"; got != want {
		t.Errorf("standard error %q, want %q", got, want)
	}
}

// A file without an end is read as far as a report may go.
func TestDiagnoseEndless(t *testing.T) {
	var stderr bytes.Buffer
	s := system{stdin: endless{}, stdout: new(bytes.Buffer), stderr: &stderr, getenv: func(string) string { return "" }}
	if status := run(t.Context(), []string{"diagnose", "-"}, s); status != statusUsage {
		t.Errorf("exit status %d, want %d", status, statusUsage)
	}
	if !strings.Contains(stderr.String(), report.ErrTooLarge.Error()) {
		t.Errorf("standard error %q", &stderr)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A reader that fails is told of with its own words.
func TestDiagnoseCannotRead(t *testing.T) {
	var stderr bytes.Buffer
	s := system{stdin: io.MultiReader(failingReader{}), stdout: new(bytes.Buffer), stderr: &stderr, getenv: func(string) string { return "" }}
	if status := run(t.Context(), []string{"diagnose", "-"}, s); status != statusUsage {
		t.Errorf("exit status %d, want %d", status, statusUsage)
	}
	if got, want := stderr.String(), "ssmcheck: cannot read standard input: the disk is gone\n"; got != want {
		t.Errorf("standard error %q, want %q", got, want)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

// FuzzDiagnose gives the command whatever a file may hold: it never panics,
// never writes a byte that a terminal would obey, and its JSON is read again
// as it was.
func FuzzDiagnose(f *testing.F) {
	if b, err := os.ReadFile("../../pkg/report/testdata/broken.json"); err == nil {
		f.Add(b)
	} else {
		f.Error(err)
	}
	f.Add([]byte(`{"schema":"ssmcheck.report/v1","observations":{}}`))
	f.Add([]byte(`{"schema":"ssmcheck.report/v1","observations":{"targets":[{"name":"ssm"},{"name":"ssm"}],"plan":{"targets":[{"name":"ssm","asked":true}],"needs":{"x":[["ssm"],[]]}}}}`))
	f.Add([]byte(`{"schema":"ssmcheck.report/v2"}`))
	f.Add([]byte("[[[[[[[["))
	f.Fuzz(func(t *testing.T, saved []byte) {
		status, out, errs := diagnoseAgain(t.Context(), saved, "-v", "--color", "never")
		if strings.Contains(errs, "internal error") || status < 0 || status > statusUnfinished {
			t.Fatalf("exit status %d: %s", status, errs)
		}
		if strings.ContainsFunc(out+errs, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
			t.Fatalf("not plain ASCII: %q %q", out, errs)
		}
		if status == statusUsage {
			return
		}
		first, again, _ := diagnoseAgain(t.Context(), saved, "-o", "json")
		second, same, errs := diagnoseAgain(t.Context(), []byte(again), "-o", "json")
		if first != second || again != same {
			t.Fatalf("judged again: status %d then %d, %s\n%s", first, second, errs, cmp.Diff(again, same))
		}
	})
}
