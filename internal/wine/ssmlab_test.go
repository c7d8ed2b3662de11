//go:build linux

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDemo: `ssmlab.exe demo` prints its two reports.
func TestDemo(t *testing.T) {
	k := prepared(t)
	out, err := exec.CommandContext(t.Context(), k.file("run"), k.file("bin/ssmlab.exe"), "demo").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"== ssmcheck in private-vpc", "== exit status 0", "== ssmcheck in endpoint-blocked", "== exit status 1", "(endpoint-blocked)"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestMappedRefusal: the mapped lab returns errors of Winsock.
func TestMappedRefusal(t *testing.T) {
	k := prepared(t)
	c := exec.CommandContext(t.Context(), k.file("run"), k.file("bin/ssmlab.exe"), "run", "--mapped", "connection-refused")
	out, _ := c.CombinedOutput()
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "(connection-refused)") {
		t.Errorf("exit status %d\n%s", c.ProcessState.ExitCode(), out)
	}
}
