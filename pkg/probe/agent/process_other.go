//go:build !darwin

package agent

// systemAgentProcess asks macOS for the agent. Here nothing is known of one.
func systemAgentProcess() agentProcess { return agentProcess{} }
