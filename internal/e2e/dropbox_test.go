//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOutputInDropBox: a user can write a report to a directory of root's that everyone
// may write and nobody may list, in one that everyone may only search.
func TestOutputInDropBox(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		unable(t, "not root: another user runs the program")
	}
	p := build(t)
	top := t.TempDir()
	program, report := copyTo(t, p.ssmcheck, top), filepath.Join(top, "report.json")
	passage := filepath.Join(top, "passage")
	box := filepath.Join(passage, "box")
	for _, err := range []error{
		os.WriteFile(report, []byte(`{"schema": "ssmcheck.report/v1", "observations": {}}`), 0o644),
		os.MkdirAll(box, 0o755), os.Chmod(box, 0o733), os.Chmod(passage, 0o711), os.Chmod(top, 0o755), os.Chmod(filepath.Dir(top), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(box, "out.json")
	for range 2 { // first without, then with an old report
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
