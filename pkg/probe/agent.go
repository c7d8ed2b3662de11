package probe

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// agentAndEnvironment looks for the agent and, as that depends on it, for the
// proxy and the trust store that its service would use.
func (p *Prober) agentAndEnvironment() (observation.Agent, proxySettings, trustSettings) {
	a := observation.Agent{Installed: observation.No}
	var unread *observation.Failure
	for _, name := range p.agentPaths().binaries {
		switch there, failure := p.exists(name); there {
		case observation.Yes:
			a.Installed = observation.Yes
			a.From = append(a.From, p.shown(name))
		case observation.Unknown:
			unread = failure
			if a.Installed == observation.No {
				a.Installed = observation.Unknown
			}
		}
	}
	process := p.findAgentProcess()
	if process.running == observation.Yes {
		a.Installed = observation.Yes
	}
	if a.Installed == observation.Unknown {
		a.From = append(a.From, unread.Text)
	}
	if container, failure := p.container(); a.Installed == observation.No && (container != "" || failure != nil) {
		// The agent that manages the host is outside.
		a.Installed, process = observation.Unknown, agentProcess{}
		why := "a container does not show whether its host has an agent"
		if container == "" {
			why = "whether this is a container, which does not show whether its host has an agent, is not known: " + failure.Text
		}
		a.From = append(a.From, why)
	}
	if a.Installed != observation.No {
		a.Running = process.running
		if process.from != "" {
			a.From = append(a.From, process.from)
		}
	}
	var binary agentBinary
	if a.Installed == observation.Yes {
		binary = p.agentBinary(p.likeliestBinaries(process))
		version, from := p.agentVersion(binary)
		a.Version = version
		if from != "" && !slices.Contains(a.From, from) {
			a.From = append(a.From, from)
		}
	}
	e, from, known := p.agentEnvironment(a.Installed, process.pid)
	if a.Installed == observation.Yes && p.system() == "linux" {
		var proxies []unusedProxy
		a.StrayDropIns, proxies = p.strayDropIns()
		e.unused = append(e.unused, proxies...)
	}
	if a.Installed == observation.Unknown && unread != nil {
		from, known = unread.Text, observation.No // there may be an agent, with a proxy of its own
	}
	a.Hello = agentHello(a.Installed, binary, a.Version, e, known == observation.Yes && !slices.Contains(e.passed, "GODEBUG"), from)
	return a, p.proxyConfig(e, from, known), p.trustConfig(e)
}

// likeliestBinaries are the agent's programs, the one that runs first, as far
// as its unit tells.
func (p *Prober) likeliestBinaries(process agentProcess) []string {
	names := slices.Clone(p.agentPaths().binaries)
	if strings.Contains(process.from, "snap.") {
		slices.Reverse(names) // the snap's is the last
	}
	return names
}

// findAgentProcess looks for the running agent in the way of the system.
func (p *Prober) findAgentProcess() agentProcess {
	if p.system() == "linux" {
		return p.agentProcess()
	}
	return systemAgentProcess()
}
