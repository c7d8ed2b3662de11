//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestScenarios runs ssmcheck.exe in the lab's network. It must find what the program for
// Linux finds in the end-to-end test.
func TestScenarios(t *testing.T) {
	k := prepared(t)
	ssmlab := filepath.Join(os.Getenv("SSMCHECK_BIN"), "ssmlab")
	all := os.Getenv("SSMCHECK_WINE_ALL") == "1"
	for _, s := range scenarios.All() {
		if reason := hides(s.Name); reason != "" || !all && !slices.Contains(shown, s.Name) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if missing := netns.Missing(s.Needs); len(missing) > 0 {
				t.Fatalf("not installed: %s", strings.Join(missing, ", "))
			}
			n, err := nodeOf(s.World(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			o := settle(t, k, ssmlab, s, n)
			if m := s.Want.Misses(lab.Found(&o.doc.Report, o.status)); len(m) > 0 {
				t.Errorf("%s\n%s", strings.Join(m, "\n"), o.text())
			}
			if o.stderr != "" {
				t.Errorf("standard error: %s", o.stderr)
			}
		})
	}
}

// settle runs a scenario, up to three times if a run only was slow, or if wine did not
// know a root certificate, which happens in one run of a hundred.
func settle(t *testing.T, k kit, ssmlab string, s lab.Scenario, n windowsNode) outcome {
	t.Helper()
	node := t.TempDir()
	if err := n.write(node); err != nil {
		t.Fatal(err)
	}
	for again := 1; ; again++ {
		o, err := k.run(t.Context(), ssmlab, s, node)
		if err != nil {
			t.Fatal(err)
		}
		found := lab.Found(&o.doc.Report, o.status)
		untrusted := len(s.Want.Misses(found)) > 0 && o.untrusted(t) && !strings.Contains(s.Want.String(), string(diagnose.TLSUntrusted))
		if again == 3 || !untrusted && !s.Want.OnlySlow(found, len(o.doc.Observations.Pauses) > 0) {
			return o
		}
		t.Logf("run %d found %s", again, found)
	}
}

// hides returns the reason why wine cannot show a scenario, or "".
func hides(name string) string {
	for reason, names := range hidden {
		if slices.Contains(names, name) {
			return reason
		}
	}
	return ""
}

// TestLists: the lists name existing scenarios, each once, and docs/platforms.md has every
// reason.
func TestLists(t *testing.T) {
	page, err := os.ReadFile("../../docs/platforms.md")
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(page)), " ")
	names := shown
	for reason, of := range hidden {
		names = slices.Concat(names, of)
		if !strings.Contains(flat, reason) {
			t.Errorf("docs/platforms.md does not say: %s", reason)
		}
	}
	for i, name := range names {
		if _, ok := scenarios.Find(name); !ok || slices.Contains(names[:i], name) {
			t.Errorf("%s is no scenario, or is listed twice", name)
		}
	}
	if len(shown) < 30 {
		t.Errorf("%d scenarios are shown, want 30 at least", len(shown))
	}
}

// A kit is the directory that this command created, with the programs for Windows in
// bin.
type kit string

func prepared(t *testing.T) kit {
	t.Helper()
	dir := os.Getenv("SSMCHECK_WINE")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("scripts/test-windows.sh did not prepare this test")
		}
		t.Skip("SKIP: only scripts/test-windows.sh prepares this test")
	}
	return kit(dir)
}

func (k kit) file(name string) string { return filepath.Join(string(k), filepath.FromSlash(name)) }

// An outcome is the result of a run of the program.
type outcome struct {
	status         int
	stdout, stderr string
	doc            *report.Document
}

// untrusted reports whether wine did not know the root of a certificate, in any handshake
// of the run, also in experiments, which raise no finding of their own.
func (o outcome) untrusted(t *testing.T) bool {
	t.Helper()
	b, err := json.Marshal(o.doc.Observations)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(b, []byte(`"trusted":false`))
}

func (o outcome) text() string {
	var b strings.Builder
	if err := report.Text(&b, o.doc, report.TextOptions{}); err != nil {
		return err.Error()
	}
	return b.String()
}

// run runs the program in a scenario, on the node in a directory.
func (k kit) run(ctx context.Context, ssmlab string, s lab.Scenario, node string) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, ssmlab, append([]string{"run", s.Name, "--", k.file("inside"), node, k.file("bin/ssmcheck.exe"), "-o", "json"}, s.Args...)...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	err := c.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return outcome{}, err
	}
	o := outcome{status: c.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	if o.doc, err = report.ReadJSON(&stdout); err != nil {
		err = errors.Join(err, errors.New(o.stderr))
	}
	return o, err
}
