//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

// TestClosedStreams: output to a closed stream ends the program with status 3, although
// Go's runtime has opened /dev/null in its place. A /dev/null from the caller accepts
// everything, even if it is open for reading and writing, as Python and Node open it.
func TestClosedStreams(t *testing.T) {
	t.Parallel()
	p := build(t)
	needs(t, p)
	report := filepath.Join(t.TempDir(), "report.json")
	s, _ := scenarios.Find("private-vpc")
	out := p.run(t, s)
	if out.status != 0 {
		t.Fatalf("status %d", out.status)
	}
	if err := os.WriteFile(report, []byte(out.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	again := "diagnose " + report
	other := filepath.Join(t.TempDir(), "other.json")
	for _, c := range []struct {
		command, redirection string
		want                 int
	}{
		{"diagnose -q " + report, ">&-", 0}, // nothing to write
		{again + " -o json=" + other, ">&-", 0},
		{again + " -o json=/dev/stderr", ">&-", 0},
		{again + " -o json=/dev/fd/1", ">&-", 2},
		{again + " -o json=/dev/stderr", "2>&-", 2},
		{again, "2>&-", 0},
		{again, "<&-", 0},
		{again, ">/dev/null 2>&- <&-", 0},
		{again + " -o json=/dev/full", ">/dev/null", 3},
		{again + " -o json=/dev/full", ">&-", 3},
		{again, ">&- 2>&- <&-", 3},
	} {
		if got := shell(t, p, c.command+" "+c.redirection); got != c.want {
			t.Errorf("ssmcheck %s %s: exit status %d, want %d", c.command, c.redirection, got, c.want)
		}
	}
	for _, command := range []string{
		again, again + " -o json", "diagnose -o nagios " + report, "fix " + report, "explain", "explain clock-skew",
		"endpoints --region us-east-2", "version", "--version", "--help", "fix --help", "completion bash",
	} {
		for redirection, want := range map[string]int{">&-": 3, ">/dev/full": 3, ">/dev/null": 0, "1<>/dev/null": 0} {
			if got := shell(t, p, command+" "+redirection); got != want {
				t.Errorf("ssmcheck %s %s: exit status %d, want %d", command, redirection, got, want)
			}
		}
	}
	for redirection, want := range map[string]int{"": 0, ">&-": 3, ">/dev/full": 3, "1<>/dev/null": 0} {
		got, err := p.inside(t.Context(), s.Name, "sh", "-c", p.ssmcheck+" --region us-east-2 "+redirection)
		if err != nil || got.status != want {
			t.Errorf("ssmcheck %s: exit status %d, want %d, %v: %s", redirection, got.status, want, err, got.stderr)
		}
	}
}

// shell runs a command line of ssmcheck in a shell and returns its exit status.
func shell(t *testing.T, p programs, line string) int {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-c", p.ssmcheck+" "+line)
	c.Env = append(os.Environ(), "SSMCHECK_OUTPUT=")
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "panic") {
		t.Errorf("ssmcheck %s: %s", line, out)
	}
	return c.ProcessState.ExitCode()
}
