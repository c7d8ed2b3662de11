//go:build linux

package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

func scenario(t *testing.T, name string) lab.Scenario {
	t.Helper()
	s, ok := hostile.Find(name)
	if !ok {
		t.Fatalf("there is no scenario %s", name)
	}
	return s
}

// TestStatus checks exit statuses that depend on flags and on the deadline.
func TestStatus(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, c := range []struct {
		name, scenario string
		flags          []string
		want           int
		undecided      bool
	}{
		{"a warning", "endpoint-partly-blocked", nil, 0, false},
		{"a warning, and strict", "endpoint-partly-blocked", []string{"--strict"}, 1, false},
		{"healthy, and strict", "private-vpc", []string{"--strict"}, 0, false},
		{"an open attempt is old enough to count", "endpoint-blocked", []string{"--deadline", "2s"}, 1, false},
		{"an open attempt is too young to count", "endpoint-blocked", []string{"--deadline", "700ms"}, 3, true},
		{"metadata is too young to count as lost", "imds-unreachable", []string{"--deadline", "700ms"}, 3, true},
		{"what is blocked is not asked for", "endpoint-blocked", []string{"--for", "agent-update"}, 0, false},
		{"--expect public", "nat-public", []string{"--expect", "public"}, 0, false},
		{"another nameserver than the configured one", "dns-server-silent", []string{"--nameserver", "10.0.0.2"}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wrong := func(o outcome) bool { return o.status != c.want || o.doc.Undecided != c.undecided }
			o := settle(t, p, func(p programs) outcome { return p.run(t, scenario(t, c.scenario), c.flags...) }, func(o outcome) bool {
				return wrong(o) && (slowFinding(o.doc) || o.doc.Observations.Ending == observation.EndingDeadline)
			})
			if wrong(o) {
				t.Errorf("status %d and undecided %t, wanted %d and %t\n%s", o.status, o.doc.Undecided, c.want, c.undecided, text(o.doc))
			}
			if o.doc.Undecided && o.doc.Verdict == diagnose.Pass {
				t.Error("an undecided run that passes")
			}
		})
	}
}

// TestInterrupted: a run ended by Ctrl-C writes the report so far.
func TestInterrupted(t *testing.T) {
	p := build(t)
	needs(t, p)
	// Without --foreground, timeout(1) sends the signal twice: to the program and to
	// its group.
	r, err := p.inside(t.Context(), "endpoint-blocked", "timeout", "--foreground", "--preserve-status", "-s", "INT", "0.7", p.ssmcheck, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	if r.status != 3 {
		t.Errorf("status %d, wanted 3: %s", r.status, r.stderr)
	}
	d, err := report.ReadJSON(strings.NewReader(r.stdout))
	if err != nil {
		t.Fatalf("no report: %v", err)
	}
	if d.Observations.Ending != observation.EndingInterrupted {
		t.Errorf("ended by %q, wanted %q", d.Observations.Ending, observation.EndingInterrupted)
	}
}

// TestNoRights runs the lab without root, and the program inside it without
// root.
func TestNoRights(t *testing.T) {
	p := build(t)
	needs(t, p)
	if os.Geteuid() != 0 {
		t.Log("not root: every other test here runs without it")
		return
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "ssmcheck")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	open := programs{ssmcheck: copyTo(t, p.ssmcheck, dir), ssmlab: copyTo(t, p.ssmlab, dir)}
	t.Run("program", func(t *testing.T) {
		r, err := p.inside(t.Context(), "private-vpc", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", open.ssmcheck)
		if err != nil || r.status != 0 {
			t.Errorf("status %d: %v\n%s%s", r.status, err, r.stdout, r.stderr)
		}
	})
	t.Run("lab", func(t *testing.T) {
		c := exec.Command(open.ssmlab, "run", "private-vpc", "--", open.ssmcheck)
		c.Dir = "/"
		c.SysProcAttr = asUser(nobody)
		out, err := c.CombinedOutput()
		if strings.Contains(string(out), "cannot make namespaces") {
			unable(t, "no user namespace for an unprivileged user: "+string(out))
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

func copyTo(t *testing.T, file, dir string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(to, b, fs.FileMode(0o755)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestHostileBytes: control characters that servers sent are not in a text report.
func TestHostileBytes(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, name := range []string{"unexplained", "dns-garbage", "tls-not-spoken-ssh"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, name)
			r, err := p.inside(t.Context(), name, append([]string{p.ssmcheck, "-v", "--color", "never"}, s.Args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if i := strings.IndexFunc(r.stdout, func(c rune) bool { return c < ' ' && c != '\n' || c == 0x7f }); i >= 0 {
				t.Errorf("a control character in %q", r.stdout[max(0, i-40):i+1])
			}
			if len(r.stdout) == 0 {
				t.Errorf("no report: %s", r.stderr)
			}
		})
	}
}

// TestExperiments: the observations contain the experiment that proves a cause, with
// the outcome that proves it.
func TestExperiments(t *testing.T) {
	p := build(t)
	needs(t, p)
	passed := func(k observation.ExperimentKind) func(*observation.Observations) bool {
		return func(o *observation.Observations) bool {
			return slices.ContainsFunc(experiments(o), func(e observation.Experiment) bool {
				return e.Kind == k && e.Result.Handshake != nil && e.Result.Handshake.Failure == nil
			})
		}
	}
	private := func(o *observation.Observations) bool {
		return slices.ContainsFunc(o.Servers, func(s observation.ServerObservation) bool {
			return s.Role == observation.RoleVPC && slices.ContainsFunc(s.Answers, func(a observation.Answer) bool {
				return len(a.Addresses) > 0 && o.Class(a.Addresses[0]) == observation.ClassPrivate
			})
		})
	}
	for name, proved := range map[string]func(*observation.Observations) bool{
		"sni-filtered":              passed(observation.ExperimentNoServerName),
		"mtu-black-hole":            passed(observation.ExperimentSmallSegments),
		"tls-post-quantum-only":     passed(observation.ExperimentWideHello),
		"tls-cipher-only":           passed(observation.ExperimentWideHello),
		"dns-rebind-filter-unbound": private,
		"dns-forwarder-missing":     private,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, name)
			if len(s.Needs) > 0 {
				if _, err := exec.LookPath(s.Needs[0]); err != nil {
					unable(t, err.Error())
				}
			}
			o := p.run(t, s)
			if !proved(o.doc.Observations) {
				t.Errorf("the experiment was not made, or does not prove it\n%s", text(o.doc))
			}
			if len(o.doc.Findings) == 0 || len(o.doc.Findings[0].Evidence) < 2 {
				t.Errorf("little evidence:\n%s", text(o.doc))
			}
		})
	}
}

func experiments(o *observation.Observations) []observation.Experiment {
	var all []observation.Experiment
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			all = append(all, a.Experiments...)
		}
	}
	return all
}

// TestCommandsSeeTheFault runs the tools that a person would use.
func TestCommandsSeeTheFault(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, c := range []struct {
		name, scenario string
		command        []string
		status         int
		wants          string
	}{
		{"dig", "endpoint-blocked", []string{"dig", "+short", "ssm.us-east-2.amazonaws.com"}, 0, "10.0.1.101\n"},
		{"curl reaches ssm", "endpoint-blocked", []string{"curl", "-s", "https://ssm.us-east-2.amazonaws.com/"}, 0, "UnknownOperationException"},
		{"curl does not reach ssmmessages", "endpoint-blocked", []string{"curl", "-s", "-m", "2", "https://ssmmessages.us-east-2.amazonaws.com/"}, 28, ""},
		{"curl does not trust the box", "tls-intercepted", []string{"curl", "-s", "https://ssm.us-east-2.amazonaws.com/"}, 60, ""},
		{"the token of instance metadata", "private-vpc", []string{"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://169.254.169.254/latest/meta-data/"}, 0, "401"},
		{"an exit status", "private-vpc", []string{"sh", "-c", "exit 42"}, 42, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(c.command[0]); err != nil {
				unable(t, err.Error())
			}
			r, err := p.inside(t.Context(), c.scenario, c.command...)
			if err != nil {
				t.Fatal(err)
			}
			if r.status != c.status || !strings.Contains(r.stdout, c.wants) {
				t.Errorf("status %d and %q, wanted %d and %q\n%s", r.status, r.stdout, c.status, c.wants, r.stderr)
			}
		})
	}
}

// asUser returns the attributes of a process of another user.
func asUser(id uint32) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
}
