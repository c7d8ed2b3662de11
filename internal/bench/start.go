package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// maxStart is the most that `ssmcheck version` may take: the start of the
// program, which delays all it does.
const maxStart = 10 * time.Millisecond

// writeStart tells how long `ssmcheck version` takes, the median of runs, and
// reports whether it is over its limit.
func writeStart(to io.Writer, bin string, runs int) (over bool, err error) {
	program := filepath.Join(bin, "ssmcheck")
	var took []time.Duration
	for range runs {
		began := time.Now()
		if err := exec.Command(program, "version").Run(); err != nil {
			return false, fmt.Errorf("ssmcheck version: %w", err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	median, verdict := took[len(took)/2], "ok"
	if over = median > maxStart; over {
		verdict = "OVER"
	}
	_, err = fmt.Fprintf(to, "\nssmcheck version: %.1f ms (the median of %d), limit %s: %s\n",
		float64(median.Microseconds())/1000, runs, milliseconds(maxStart), verdict)
	return over, err
}
