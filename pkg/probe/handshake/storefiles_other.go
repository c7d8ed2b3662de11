//go:build !linux

package handshake

// On Windows and macOS the system itself verifies.
var StoreFiles, trustDirectories []string
