//go:build !windows

package probetest

// Wine reports whether wine plays Windows here.
func Wine() bool { return false }
