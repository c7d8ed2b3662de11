//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOutputInDropBox: a user may put a report where nobody lists the files: in
// a directory of root's that all may write and none read, below one that all
// may only pass through.
func TestOutputInDropBox(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		unable(t, "not root: another user runs the program")
	}
	p := build(t)
	top := t.TempDir()
	// The program as this user can reach it, and a report to judge.
	program, report := filepath.Join(top, "ssmcheck"), filepath.Join(top, "report.json")
	b, err := os.ReadFile(p.ssmcheck)
	if err != nil {
		t.Fatal(err)
	}
	passage := filepath.Join(top, "passage")
	box := filepath.Join(passage, "box")
	for _, err := range []error{
		os.WriteFile(program, b, 0o755),
		os.WriteFile(report, []byte(`{"schema": "ssmcheck.report/v1", "observations": {}}`), 0o644),
		os.MkdirAll(box, 0o755), os.Chmod(box, 0o733), os.Chmod(passage, 0o711), os.Chmod(top, 0o755), os.Chmod(filepath.Dir(top), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(box, "out.json")
	for range 2 { // where there is nothing, and where there is a report
		c := exec.CommandContext(t.Context(), program, "diagnose", report, "-o", "json="+out)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		text, err := c.CombinedOutput()
		if c.ProcessState == nil || c.ProcessState.ExitCode() != 3 || len(text) > 0 { // undecided, and written
			t.Errorf("%v: %s", err, text)
		}
		if info, err := os.Stat(out); err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
}
