package probe

// agentPaths is where an installed agent keeps its files, as names of Files.
//
// Source: amazon-ssm-agent commit 1c217c89, agent/appconfig/constants_unix.go,
// constants_windows.go, constants_darwin.go.
type agentPaths struct {
	// binaries are the agent's program, one for each way to install it.
	binaries     []string
	config       string
	registration string
}

const snapDirectory = "snap/amazon-ssm-agent/current"

func (p *Prober) agentPaths() agentPaths {
	switch p.system() {
	case "windows":
		return agentPaths{
			binaries:     []string{"Program Files/Amazon/SSM/amazon-ssm-agent.exe"},
			config:       "Program Files/Amazon/SSM/amazon-ssm-agent.json",
			registration: "ProgramData/Amazon/SSM/registration",
		}
	case "darwin":
		return agentPaths{
			binaries:     []string{"opt/aws/ssm/bin/amazon-ssm-agent"},
			config:       "opt/aws/ssm/amazon-ssm-agent.json",
			registration: "opt/aws/ssm/data/registration",
		}
	}
	return agentPaths{
		binaries:     []string{"usr/bin/amazon-ssm-agent", snapDirectory + "/amazon-ssm-agent"},
		config:       "etc/amazon/ssm/amazon-ssm-agent.json",
		registration: "var/lib/amazon/ssm/registration",
	}
}

// hostsPath is the hosts file that Go's resolver and the system read.
func (p *Prober) hostsPath() string {
	if p.system() == "windows" {
		return "Windows/System32/drivers/etc/hosts"
	}
	return "etc/hosts"
}
