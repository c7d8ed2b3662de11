package agent

// agentPaths are the files of an installed agent, as names in Files.
//
// Source: amazon-ssm-agent commit 1c217c89, agent/appconfig/constants_unix.go,
// constants_windows.go, constants_darwin.go.
type agentPaths struct {
	// binaries are the agent's program, one path for each way to install it.
	binaries     []string
	Config       string
	Registration string
}

const snapDirectory = "snap/amazon-ssm-agent/current"

func (p Reader) AgentPaths() agentPaths {
	switch p.System() {
	case "windows":
		return agentPaths{
			binaries:     []string{"Program Files/Amazon/SSM/amazon-ssm-agent.exe"},
			Config:       "Program Files/Amazon/SSM/amazon-ssm-agent.json",
			Registration: "ProgramData/Amazon/SSM/registration",
		}
	case "darwin":
		return agentPaths{
			binaries:     []string{"opt/aws/ssm/bin/amazon-ssm-agent"},
			Config:       "opt/aws/ssm/amazon-ssm-agent.json",
			Registration: "opt/aws/ssm/data/registration",
		}
	}
	return agentPaths{
		binaries:     []string{"usr/bin/amazon-ssm-agent", snapDirectory + "/amazon-ssm-agent"},
		Config:       "etc/amazon/ssm/amazon-ssm-agent.json",
		Registration: "var/lib/amazon/ssm/registration",
	}
}
