//go:build linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// atOnce is the number of concurrent runs, which mostly wait. Their checks only wait, so
// three times as many scenarios run. -parallel changes that.
const atOnce, scenariosAtOnce = 6, "18"

// grace is how long a run may exceed its deadline on a busy machine before it counts as
// hanging. `make bench` measures.
const grace = 10 * time.Second

// programs are those that are tested, and a directory to remove at the end, if any.
type programs struct {
	ssmcheck, ssmlab, dir string
	solo                  bool // see alone
}

// built builds the programs once, unless SSMCHECK_BIN names their directory.
var built = sync.OnceValues(func() (programs, error) {
	dir := os.Getenv("SSMCHECK_BIN")
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "ssmcheck-e2e"); err != nil {
			return programs{}, err
		}
		// Like the Makefile, with the entry point that detects closed streams.
		const begin = "-ldflags=github.com/ssmcheck/ssmcheck/cmd/ssmcheck=-E main.start"
		c := exec.Command("go", "build", "-trimpath", begin, "-o", dir+"/", "../../cmd/ssmcheck", "../../cmd/ssmlab")
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := c.CombinedOutput(); err != nil {
			return programs{dir: dir}, fmt.Errorf("go build: %w\n%s", err, out)
		}
		return programs{ssmcheck: filepath.Join(dir, "ssmcheck"), ssmlab: filepath.Join(dir, "ssmlab"), dir: dir}, nil
	}
	dir, err := filepath.Abs(dir)
	return programs{ssmcheck: filepath.Join(dir, "ssmcheck"), ssmlab: filepath.Join(dir, "ssmlab")}, err
})

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == measureCommand {
		os.Exit(runAndMeasure(os.Args[2:]))
	}
	if len(os.Args) > 2 && os.Args[1] == checkCommand {
		os.Exit(runTheChecks(os.Args[2:]))
	}
	if len(os.Args) > 3 && os.Args[1] == stopCommand {
		os.Exit(runAndStop(os.Args[2:]))
	}
	if err := flag.Set("test.parallel", scenariosAtOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if p, _ := built(); p.dir != "" {
		os.RemoveAll(p.dir)
	}
	os.Exit(status)
}

// build returns the programs.
func build(t *testing.T) programs {
	t.Helper()
	p, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// unable skips a test that cannot run here, or fails it under CI.
func unable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("cannot run here, and must under CI: %s", why)
	}
	t.Skipf("SKIP: %s", why)
}

// needs skips a test if the lab cannot run here.
func needs(t *testing.T, p programs) {
	t.Helper()
	if missing := netns.Missing([]string{"ip", "nft"}); len(missing) > 0 {
		unable(t, "not installed: "+strings.Join(missing, ", "))
	}
	if out, err := exec.Command(p.ssmlab, "run", "private-vpc", "--", "true").CombinedOutput(); err != nil {
		unable(t, fmt.Sprintf("the lab does not run: %v: %s", err, bytes.TrimSpace(out)))
	}
}

// timed runs a command and writes its time in nanoseconds as the last line of standard
// error.
const timed = `began=$(date +%s%N); "$@"; status=$?; echo $(($(date +%s%N) - began)) >&2; exit $status`

// An outcome is the result of a run of the program.
type outcome struct {
	status int
	took   time.Duration
	stdout string
	stderr string
	doc    *report.Document
	checks []checkResult // only from runWithChecks
}

// run runs the program in a scenario, with the scenario's flags and others.
func (p programs) run(t *testing.T, s lab.Scenario, flags ...string) outcome {
	t.Helper()
	o, err := p.runBy(t.Context(), s, nil, flags)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// runWithChecks runs the program like run, and then its findings' checks.
func (p programs) runWithChecks(ctx context.Context, s lab.Scenario) (outcome, error) {
	self, err := os.Executable()
	if err != nil {
		return outcome{}, err
	}
	return p.runBy(ctx, s, []string{self, checkCommand}, nil)
}

func (p programs) runBy(ctx context.Context, s lab.Scenario, by, flags []string) (outcome, error) {
	out, err := p.inside(ctx, s.Name, slices.Concat(by, []string{"sh", "-c", timed, "sh", p.ssmcheck, "-o", "json"}, s.Args, flags)...)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{status: out.status}
	o.stdout, out.stdout, _ = strings.Cut(out.stdout, reportEnds)
	lines := strings.Split(strings.TrimSpace(out.stderr), "\n")
	ns, err := strconv.ParseInt(lines[len(lines)-1], 10, 64)
	if err != nil {
		return o, fmt.Errorf("status %d, and no time: %s", o.status, out.stderr)
	}
	o.took, o.stderr = time.Duration(ns), strings.Join(lines[:len(lines)-1], "\n")
	if by != nil {
		if err := json.Unmarshal([]byte(out.stdout), &o.checks); err != nil {
			return o, fmt.Errorf("the checks: %w: %s", err, out.stdout)
		}
	}
	o.doc, err = report.ReadJSON(strings.NewReader(o.stdout))
	return o, err
}

// A result is that of a command inside the lab.
type result struct {
	status         int
	stdout, stderr string
}

// labFailed is ssmlab's exit status if the lab itself failed, or the command did what
// netns.StrictVariable forbids.
const labFailed = 125

// inside runs any command in a scenario's network.
func (p programs) inside(ctx context.Context, scenario string, command ...string) (result, error) {
	end := sync.OnceFunc(p.turn())
	defer end()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, p.ssmlab, append([]string{"run", scenario, "--"}, command...)...)
	if slices.Contains(command, p.ssmcheck) { // other commands may do anything
		c.Env = append(os.Environ(), netns.StrictVariable+"=1")
	}
	stdout, stderr := untilReport{end: end}, bytes.Buffer{}
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if e, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || !e.Exited()) {
		return result{}, fmt.Errorf("%w: %s", err, stderr.String())
	}
	if c.ProcessState.ExitCode() == labFailed {
		return result{}, fmt.Errorf("the lab failed: %s", stderr.String())
	}
	return result{c.ProcessState.ExitCode(), stdout.String(), stderr.String()}, nil
}

// untilReport calls end when a report has been written: its checks do not disturb other
// runs.
type untilReport struct {
	bytes.Buffer
	end func()
}

func (b *untilReport) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(reportEnds)) {
		b.end()
	}
	return b.Buffer.Write(p)
}
