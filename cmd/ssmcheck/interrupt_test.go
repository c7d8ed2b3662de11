package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A thousand runs, each interrupted at some moment of it, leave no goroutine
// and no file but whole reports. Under the race detector they are fewer: each
// costs ten times as much there.
func TestThousandInterruptedRuns(t *testing.T) {
	const atOnce = 4
	runs := 1000
	if raceDetector || testing.Short() {
		runs = 150
	}
	// A server outside EC2: no answer of metadata that a busy machine gives
	// late decides anything.
	x := newTrial(t, "hybrid-public")
	began := time.Now()
	x.want(t, x.run(t, "--region", "us-east-2", "--for", "session-manager", "-q"), 0)
	pause := time.Since(began) / time.Duration(x.dials.Load())
	dials := x.dials.Load()
	dir := t.TempDir()
	left := goleak.IgnoreCurrent()

	var next, interrupted, finished atomic.Int64
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for n := next.Add(1); n <= int64(runs); n = next.Add(1) {
				// Counted in connections, as the machine may get busier or
				// less so meanwhile; then it is any moment up to the next.
				switch status := interruptedRun(t, x.system, fmt.Sprintf("%s/%d", dir, n), rand.N(dials+1), rand.N(2*pause)); status {
				case 0:
					finished.Add(1)
				case statusUnfinished:
					interrupted.Add(1)
				default:
					t.Errorf("run %d: status %d", n, status)
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d interrupted, %d were faster", interrupted.Load(), finished.Load())
	if interrupted.Load() < int64(runs)/4 {
		t.Errorf("only %d of %d runs were interrupted", interrupted.Load(), runs)
	}
	goleak.VerifyNone(t, left)
	wholeReports(t, dir)
}

// interruptedRun is one run that is interrupted some time after it has begun a
// number of connections, and gives its status.
func interruptedRun(t *testing.T, s system, dir string, dials int64, after time.Duration) int {
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Error(err)
	}
	ctx, end := context.WithCancelCause(t.Context())
	defer end(nil)
	interrupt := func() { time.AfterFunc(after, func() { end(probe.ErrInterrupted) }) }
	if dials == 0 {
		interrupt()
	}
	var begun atomic.Int64
	dial := s.prober.Dial
	s.prober.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if begun.Add(1) == dials {
			interrupt()
		}
		return dial(ctx, network, address)
	}
	s.stdout, s.stderr = io.Discard, io.Discard
	return run(ctx, []string{"--region", "us-east-2", "--for", "session-manager", "-o", "json=" + dir + "/report.json", "-o", "junit=" + dir + "/report.xml"}, s)
}

// wholeReports wants nothing in a directory but reports that can be read to
// their end.
func wholeReports(t *testing.T, dir string) {
	t.Helper()
	reports := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch d.Name() {
		case "report.json":
			_, err = report.ReadJSON(bytes.NewReader(b))
		case "report.xml":
			err = wholeXML(b)
		default:
			err = errors.New("what is this?")
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		reports++
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if reports < 100 {
		t.Errorf("%d reports, which cannot be all", reports)
	}
}

// wholeXML reads a document to its end.
func wholeXML(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	elements := 0
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && elements > 0:
			return nil
		case err != nil:
			return err
		}
		if _, ok := token.(xml.StartElement); ok {
			elements++
		}
	}
}
