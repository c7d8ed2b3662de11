package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// maxStartRatio limits the time of `ssmcheck version` relative to an idle plain client:
// every run pays for the start of the program.
const maxStartRatio = 1.5

// writeStart prints how long `ssmcheck version` takes, and reports whether that exceeds
// the limit.
func writeStart(to io.Writer, bin string, runs int) (over bool, err error) {
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	var took, plain []time.Duration
	for range runs { // alternately, under the same conditions
		if took, err = timed(took, filepath.Join(bin, "ssmcheck"), "version"); err != nil {
			return false, err
		}
		if plain, err = timed(plain, self, plainCommand); err != nil {
			return false, err
		}
	}
	own, idle, verdict := median(took), median(plain), "ok"
	limit := time.Duration(maxStartRatio * float64(idle))
	if over = own > limit; over {
		verdict = "OVER"
	}
	_, err = fmt.Fprintf(to, "\nssmcheck version: %.1f ms (the median of %d), a plain client without work %.1f ms, limit %.1f ms: %s\n",
		inMilliseconds(own), runs, inMilliseconds(idle), inMilliseconds(limit), verdict)
	return over, err
}

// timed runs a command and appends how long it took.
func timed(to []time.Duration, program string, args ...string) ([]time.Duration, error) {
	began := time.Now()
	if err := exec.Command(program, args...).Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(program), err)
	}
	return append(to, time.Since(began)), nil
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
