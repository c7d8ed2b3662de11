//go:build linux

package e2e

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// judgedAgain checks that `ssmcheck diagnose`, outside the scenario, gives the same
// report and exit status as the run.
func judgedAgain(t *testing.T, p programs, o outcome) {
	t.Helper()
	c := exec.CommandContext(t.Context(), p.ssmcheck, "diagnose", "-o", "json", "-")
	c.Stdin = strings.NewReader(o.stdout)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); c.ProcessState == nil {
		t.Fatal(err)
	}
	if status := c.ProcessState.ExitCode(); status != o.status || stderr.Len() > 0 {
		t.Errorf("judged again: exit status %d, wanted that of the run, %d; standard error: %s", status, o.status, &stderr)
	}
	if diff := cmp.Diff(o.stdout, stdout.String()); diff != "" {
		t.Errorf("judged again it is another report (-run +again):\n%s", diff)
	}
}
