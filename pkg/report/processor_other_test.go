//go:build !linux

package report_test

import (
	"testing"
	"time"
)

// processorTime is how long f takes: other systems do not report a thread's time.
func processorTime(_ *testing.T, f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
