//go:build !windows

package probetest

// Wine reports whether this is wine instead of Windows.
func Wine() bool { return false }
