//go:build linux

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// stopCommand makes this test program run a command several times, inside the lab, and
// stop it meanwhile.
const stopCommand = "run-and-stop"

// A stopping says how stopCommand stops each run.
type stopping struct {
	Runs int
	// Stop is how long a run is stopped.
	Stop time.Duration
	// On is how long it continues before it is stopped again. 0: it is stopped once.
	On time.Duration
}

// A stoppedRun is the result of a run.
type stoppedRun struct {
	Moment         time.Duration // of the first stop, after its first socket
	Status         int
	Stdout, Stderr string
}

// TestStopped stops the program at random moments (as Ctrl-Z and fg do), or leaves it
// little time to run. It must blame nothing for what it missed.
func TestStopped(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, test := range []struct {
		name, scenario string
		stop           stopping
		flags          []string
		fault          diagnose.Code // "" for none
	}{
		{"for five seconds", "private-vpc", stopping{20, 5 * time.Second, 0}, nil, ""},
		{"behind a proxy", "proxy-only", stopping{4, 5 * time.Second, 0}, nil, ""},
		{"past the deadline", "private-vpc", stopping{4, 4 * time.Second, 0}, []string{"--deadline", "3s", "--region", "us-east-2"}, ""},
		{"again and again", "private-vpc", stopping{4, 500 * time.Millisecond, 10 * time.Millisecond}, nil, ""},
		{"where something is blocked", "endpoint-blocked", stopping{4, 3 * time.Second, 0}, nil, diagnose.EndpointBlocked},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			how, err := json.Marshal(test.stop)
			if err != nil {
				t.Fatal(err)
			}
			command := []string{selfProgram(t), stopCommand, string(how), p.ssmcheck, "-o", "json"}
			r, err := p.inside(t.Context(), test.scenario, slices.Concat(command, scenario(t, test.scenario).Args, test.flags)...)
			if err != nil || r.status != 0 {
				t.Fatalf("status %d: %v: %s", r.status, err, r.stderr)
			}
			var runs []stoppedRun
			if err := json.Unmarshal([]byte(r.stdout), &runs); err != nil || len(runs) != test.stop.Runs {
				t.Fatalf("%d runs: %v", len(runs), err)
			}
			knew := 0
			for _, run := range runs {
				d, err := report.ReadJSON(strings.NewReader(run.Stdout))
				if err != nil {
					t.Fatalf("status %d, and no report: %v: %s", run.Status, err, run.Stderr)
				}
				if d.Observations.Paused > 0 {
					knew++
				}
				if wrong := unlike(d, run.Status, test.fault); wrong != "" {
					t.Errorf("stopped after %s, of which it knows %s: status %d, %s\n%s", run.Moment, d.Observations.Paused, run.Status, wrong, text(d))
				}
			}
			if t.Logf("%d of %d were stopped before they were over", knew, len(runs)); knew == 0 {
				t.Error("no run knows that it was stopped: nothing is shown")
			}
		})
	}
}

// unlike describes what is wrong with a stopped run, which must find the fault ("" for
// none) or be undecided. Empty: nothing.
func unlike(d *report.Document, status int, fault diagnose.Code) string {
	for _, f := range d.Findings {
		if f.Severity != diagnose.Info && f.Code != fault {
			return "and it finds " + string(f.Code)
		}
	}
	switch {
	case status == 3:
		if !slices.ContainsFunc(d.Capabilities, func(c diagnose.CapabilityReport) bool {
			return strings.Contains(c.Reason, "this process did not run")
		}) {
			return "without the reason"
		}
	case fault == "" && status != 0, fault != "" && status != 1:
		return "and nothing says why"
	}
	return ""
}

// runAndStop implements stopCommand.
func runAndStop(args []string) int {
	var s stopping
	if err := json.Unmarshal([]byte(args[0]), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	runs := make([]stoppedRun, s.Runs)
	var all sync.WaitGroup
	for i := range runs {
		all.Go(func() {
			// Starting all at once would overload the lab's servers.
			time.Sleep(time.Duration(i) * 200 * time.Millisecond)
			runs[i] = s.run(args[1:])
		})
	}
	all.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(runs); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// run runs the command once. Its status is -1 if it could not start.
func (s stopping) run(command []string) stoppedRun {
	out := stoppedRun{Moment: rand.N(50 * time.Millisecond), Status: -1}
	c := exec.Command(command[0], command[1:]...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		out.Stderr = err.Error()
		return out
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = c.Wait() // the status is what counts
	}()
	for !hasSocket(c.Process.Pid) && !wait(over, time.Millisecond) {
	}
	for next := out.Moment; !wait(over, next); next = s.On {
		_ = c.Process.Signal(syscall.SIGSTOP)
		time.Sleep(s.Stop)
		_ = c.Process.Signal(syscall.SIGCONT)
		if s.On == 0 {
			<-over
		}
	}
	out.Status, out.Stdout, out.Stderr = c.ProcessState.ExitCode(), stdout.String(), stderr.String()
	return out
}

// wait reports whether the run ended in time.
func wait(over <-chan struct{}, d time.Duration) bool {
	select {
	case <-over:
		return true
	case <-time.After(d):
		return false
	}
}

// hasSocket reports whether a process has a socket.
func hasSocket(pid int) bool {
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	return slices.ContainsFunc(files, func(name string) bool {
		to, err := os.Readlink(name)
		return err == nil && strings.HasPrefix(to, "socket:")
	})
}
