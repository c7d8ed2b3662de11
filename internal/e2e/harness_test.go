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

// atOnce is how many runs go on at a time, on few processors too: a run waits
// more than it works. The checks after a run only wait: three times as many
// scenarios are there. -parallel changes that.
const atOnce, scenariosAtOnce = 6, "18"

// grace is by how much a run may outlast its deadline. A hang is meant here:
// on a busy machine a process waits for its turn. `make bench` measures.
const grace = 10 * time.Second

// programs are the two that are tested, and the directory to remove at the
// end; "" for none.
type programs struct {
	ssmcheck, ssmlab, dir string
	solo                  bool // see alone
}

// built makes the programs, once, or takes those of the directory that
// SSMCHECK_BIN names.
var built = sync.OnceValues(func() (programs, error) {
	dir := os.Getenv("SSMCHECK_BIN")
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "ssmcheck-e2e"); err != nil {
			return programs{}, err
		}
		// As the Makefile builds it: with the beginning that sees closed streams.
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

// build gives the programs.
func build(t *testing.T) programs {
	t.Helper()
	p, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// unable ends a test that cannot run here: it fails where CI is set.
func unable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("cannot run here, and must under CI: %s", why)
	}
	t.Skipf("SKIP: %s", why)
}

// needs ends a test whose lab cannot be mounted here.
func needs(t *testing.T, p programs) {
	t.Helper()
	if missing := netns.Missing([]string{"ip", "nft"}); len(missing) > 0 {
		unable(t, "not installed: "+strings.Join(missing, ", "))
	}
	if out, err := exec.Command(p.ssmlab, "run", "private-vpc", "--", "true").CombinedOutput(); err != nil {
		unable(t, fmt.Sprintf("the lab cannot be mounted: %v: %s", err, bytes.TrimSpace(out)))
	}
}

// timed runs a command and writes how long it took, in nanoseconds, as the
// last line of standard error.
const timed = `began=$(date +%s%N); "$@"; status=$?; echo $(($(date +%s%N) - began)) >&2; exit $status`

// An outcome is what a run of the program came to.
type outcome struct {
	status int
	took   time.Duration
	stdout string
	stderr string
	doc    *report.Document
	checks []checkResult // of runWithChecks alone
}

// run runs the program in a scenario, with the scenario's own flags and those
// given.
func (p programs) run(ctx context.Context, s lab.Scenario, flags ...string) (outcome, error) {
	return p.runBy(ctx, s, nil, flags)
}

// runWithChecks runs the program as run does, and then the checks of what it
// found.
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

// A result is what a command inside the lab left.
type result struct {
	status         int
	stdout, stderr string
}

// labFailed is ssmlab's exit status where the lab itself failed, or somebody did
// in it what nobody may.
const labFailed = 125

// inside runs any command in a scenario's network.
func (p programs) inside(ctx context.Context, scenario string, command ...string) (result, error) {
	end := sync.OnceFunc(p.turn())
	defer end()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, p.ssmlab, append([]string{"run", scenario, "--"}, command...)...)
	if slices.Contains(command, p.ssmcheck) { // a person's commands may do as they like
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

// untilReport calls end when a report has been written: the checks after it do
// not disturb another run.
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
