//go:build !windows

package files

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Opening a FIFO without a writer would wait forever, and so would the inspection of the node.
func TestReadFileNeverOpensAFIFO(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan *observation.Failure, 1)
	go func() {
		_, failure := Machine{Files: os.DirFS(dir)}.ReadFile("fifo")
		done <- failure
	}()
	select {
	case failure := <-done:
		if !failure.Of(observation.KindOther) {
			t.Errorf("failure %v, want kind other", failure)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still reading a FIFO after 10s")
	}
}
