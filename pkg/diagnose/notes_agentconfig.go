package diagnose

// noteAgentConfig says how the agent reads its configuration, where that may
// surprise: what it passes over, and what its version decides.
func (f *facts) noteAgentConfig(add func(string)) {
	agent := f.o.Node.Agent
	for _, note := range agent.Config.Notes {
		add(note)
	}
	switch {
	case !agent.Config.DualStack:
	case agent.Version == "":
		add("UseDualStackEndpoint of the agent's configuration is set, so that the dual-stack names are the ones tested: agents before 3.3.3270.0 do not know it and use the plain names, and the version of this one is not known")
	case !f.o.Plan.DualStack:
		add("UseDualStackEndpoint of the agent's configuration has no effect: agent " + agent.Version + " does not know it (3.3.3270.0 is the first), and the plain names are the ones tested")
	}
	if agent.IgnoresLogsEndpoint() {
		add("CloudWatchLogs.Endpoint of the agent's configuration has no effect: agent " + agent.Version + " does not know it (3.3.2958.0 is the first), and AWS's own host is the one tested")
	}
}
