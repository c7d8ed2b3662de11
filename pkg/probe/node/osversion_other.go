//go:build !windows && !darwin

package node

// systemVersion is asked where no file tells the version; here none is known.
func systemVersion() string { return "" }
