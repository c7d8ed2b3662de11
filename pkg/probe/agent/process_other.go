//go:build !windows && !darwin

package agent

// systemAgentProcess asks the system for the agent where no file tells. Here
// nothing is known then.
func systemAgentProcess() agentProcess { return agentProcess{} }

// fileVersion is asked on Windows alone.
func fileVersion(string) string { return "" }
