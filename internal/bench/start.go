package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// maxStartRatio is the most that `ssmcheck version` may take by the start of a plain
// client that has nothing to do: the start of the program delays all it does.
const maxStartRatio = 1.5

// writeStart prints how long `ssmcheck version` takes, and reports whether it is
// over its limit.
func writeStart(to io.Writer, bin string, runs int) (over bool, err error) {
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	var took, plain []time.Duration
	for range runs { // by turns, so that both meet the same machine
		if took, err = timed(took, filepath.Join(bin, "ssmcheck"), "version"); err != nil {
			return false, err
		}
		if plain, err = timed(plain, self, plainCommand); err != nil {
			return false, err
		}
	}
	median, limit, verdict := middle(took), time.Duration(maxStartRatio*float64(middle(plain))), "ok"
	if over = median > limit; over {
		verdict = "OVER"
	}
	_, err = fmt.Fprintf(to, "\nssmcheck version: %.1f ms (the median of %d), a plain client without work %.1f ms, limit %.1f ms: %s\n",
		inMilliseconds(median), runs, inMilliseconds(middle(plain)), inMilliseconds(limit), verdict)
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

func middle(of []time.Duration) time.Duration { return slices.Sorted(slices.Values(of))[len(of)/2] }

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
