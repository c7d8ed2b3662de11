//go:build linux

package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestUnreadFiles: in a healthy network an unreadable file is no fault. Its contents are
// unknown, and nothing is blamed.
func TestUnreadFiles(t *testing.T) {
	t.Parallel()
	p := build(t)
	needs(t, p)
	if err := exec.Command("strace", "-qq", "-o", "/dev/null", "-e", "inject=getppid:error=EIO", "true").Run(); err != nil {
		unable(t, "strace cannot inject faults here: "+err.Error())
	}
	for _, c := range []struct {
		path, errno string
		status      int
	}{
		{"/etc/resolv.conf", "EIO", 3},
		{"/etc/resolv.conf", "EMFILE", 3},
		{"/etc/resolv.conf", "ENFILE", 3},
		{"/etc/hosts", "EIO", 0},
		{"/sys/class/dmi/id/sys_vendor", "EIO", 0},
		{"/proc/1/cgroup", "EIO", 0},
	} {
		faults := []string{"strace", "-f", "-qq", "-o", "/dev/null", "-P", c.path, "-e", "inject=openat:error=" + c.errno}
		wantNoBlame(t, p, c.path+": "+c.errno, c.status, faults)
	}
	wantNoBlame(t, p, "hardly an open file", 3, []string{"prlimit", "--nofile=8"})
	wantNoBlame(t, p, "few open files", 3, []string{"prlimit", "--nofile=12"})
}

// wantNoBlame runs the program under another one, and checks that it finds no cause.
func wantNoBlame(t *testing.T, p programs, name string, want int, by []string) {
	t.Helper()
	var d *report.Document
	got := settle(t, p, func(p programs) result {
		got, err := p.inside(t.Context(), "private-vpc", append(by, p.ssmcheck, "--region", "us-east-2", "-o", "json")...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d, err = report.ReadJSON(strings.NewReader(got.stdout)); err != nil {
			t.Fatalf("%s: exit status %d, %v: %s", name, got.status, err, got.stderr)
		}
		return got
	}, func(result) bool { return slowFinding(d) })
	if got.status != want {
		t.Errorf("%s: exit status %d, want %d: %q", name, got.status, want, d.Capabilities)
	}
	for _, f := range d.Findings {
		if f.Severity != diagnose.Info {
			t.Errorf("%s: %s %s: %s", name, f.Severity, f.Code, f.Title)
		}
	}
}
