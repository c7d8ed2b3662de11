//go:build linux

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestStart_timerSlack: every thread has a timer slack of half a millisecond, also the
// runtime's monitor, which starts before main.
func TestStart_timerSlack(t *testing.T) {
	if os.Getuid() != 0 {
		unable(t, "only root may read another process's slack")
	}
	switch runtime.GOARCH {
	case "amd64", "arm64", "arm", "386":
	default:
		unable(t, "on this architecture the program sets no slack")
	}
	c := exec.Command(build(t).ssmcheck, "diagnose", "-")
	in, err := c.StdinPipe() // from which it waits for a report
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = c.Wait() // an empty report is an error
	}()
	tasks := "/proc/" + strconv.Itoa(c.Process.Pid) + "/task"
	var threads []os.DirEntry
	for end := time.Now().Add(grace); len(threads) < 2 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		threads, _ = os.ReadDir(tasks)
	}
	if len(threads) < 2 {
		t.Fatal("it has no second thread")
	}
	for _, thread := range threads {
		b, err := os.ReadFile(filepath.Join("/proc", thread.Name(), "timerslack_ns"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(b)); got != "500000" {
			t.Errorf("thread %s: a slack of %s ns, want 500000", thread.Name(), got)
		}
	}
}
