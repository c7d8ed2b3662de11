package main

import (
	"os"
	"runtime/debug"
)

// enoughMemory is what Go's runtime may hold during a preflight before it collects
// garbage: a healthy run leaves half of it.
const enoughMemory = 16 << 20

// collectLess puts garbage collection off until enoughMemory is in use: a run is
// short, and collecting takes a tenth of its processor time. Whoever set GOGC or
// GOMEMLIMIT has his way. undo is for what comes after the preflight.
func collectLess() (undo func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	limit, percent := debug.SetMemoryLimit(enoughMemory), debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
