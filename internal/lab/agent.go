package lab

import (
	"cmp"

	"github.com/ssmcheck/ssmcheck/internal/lab/program"
)

// An Agent is an SSM Agent installed as a snap.
type Agent struct {
	// Version is the agent's. Empty: one that sends the small ClientHello.
	Version string
	// Program is the build information of the agent's program. The zero value: the
	// file is not a program.
	Program program.Build
	// Stopped: it does not run.
	Stopped bool
	// Config is amazon-ssm-agent.json. Empty: no such file.
	Config string
	// Env are the service's variables, as `Environment=` takes them.
	Env []string
}

// agentProgram is the path in the snap.
const agentProgram = "snap/amazon-ssm-agent/current/amazon-ssm-agent"

// AgentUnit is the service of an Agent.
const AgentUnit = "snap.amazon-ssm-agent.amazon-ssm-agent.service"

// WithAgent installs an agent on the node.
func WithAgent(a Agent) Fault {
	return func(w *World) {
		version := cmp.Or(a.Version, "3.3.1142.0")
		f := map[string]string{
			agentProgram: "the lab's agent is no program\n",
			"snap/amazon-ssm-agent/current/meta/snap.yaml": "name: amazon-ssm-agent\nversion: " + version + "\n",
			"etc/systemd/system/" + AgentUnit:              "[Service]\nExecStart=/usr/bin/snap run amazon-ssm-agent\n",
			"run/systemd/units/keep":                       "",
		}
		if !a.Stopped {
			f["sys/fs/cgroup/system.slice/"+AgentUnit+"/cgroup.procs"] = "12345\n"
		}
		if a.Config != "" {
			f["etc/amazon/ssm/amazon-ssm-agent.json"] = a.Config
		}
		if len(a.Env) > 0 {
			text := "[Service]\n"
			for _, e := range a.Env {
				text += "Environment=\"" + e + "\"\n"
			}
			f["etc/systemd/system/"+AgentUnit+".d/proxy.conf"] = text
		}
		WithFiles(f)(w)
		if a.Program != (program.Build{}) {
			Special(SpecialFile{Kind: Binary, Data: a.Program.ELF()}, agentProgram)(w)
		}
	}
}
