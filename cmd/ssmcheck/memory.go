package main

import (
	"os"
	"runtime/debug"
)

// gcThreshold is how much memory a preflight may use before garbage collection
// starts: a healthy run needs half of it.
const gcThreshold = 16 << 20

// deferGC turns garbage collection off until gcThreshold is in use: a run is
// short, and collecting would take a tenth of its processor time. GOGC and
// GOMEMLIMIT take precedence. Call undo after the preflight.
func deferGC() (undo func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	limit, percent := debug.SetMemoryLimit(gcThreshold), debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
