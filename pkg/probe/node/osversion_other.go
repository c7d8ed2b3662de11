//go:build !darwin

package node

// systemVersion is macOS's own. Here none is known.
func systemVersion() string { return "" }
