//go:build !windows

package winapi

// This is this machine's Windows. nil: it has none.
func This() System { return nil }
