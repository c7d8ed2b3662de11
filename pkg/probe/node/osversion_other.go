//go:build !darwin

package node

// systemVersion is for macOS.
func systemVersion() string { return "" }
