//go:build !linux

package probe

// goResolver: on Windows and macOS a Go program asks the system, and so does
// the agent.
const goResolver = false
