//go:build !linux

package probe

// On Windows and macOS the system itself verifies.
var trustFiles, trustDirectories []string
