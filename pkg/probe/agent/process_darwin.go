package agent

import (
	"golang.org/x/sys/unix"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// systemAgentProcess looks for the agent among the processes.
func systemAgentProcess() agentProcess {
	processes, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return agentProcess{} // then nothing is known
	}
	for _, process := range processes {
		if unix.ByteSliceToString(process.Proc.P_comm[:]) == "amazon-ssm-agent" {
			return agentProcess{running: observation.Yes, from: "the system's list of processes"}
		}
	}
	return agentProcess{running: observation.No, from: "no process of the agent is in the system's list"}
}
