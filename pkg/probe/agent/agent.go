// Package agent reads what a machine knows about its SSM Agent: whether it is
// installed and running, its version, its configuration and its registration. It runs
// no program and opens no vault.
package agent

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/attempt"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// A Reader reads what a machine knows about its agent.
type Reader struct {
	service.Reader
	Heart *attempt.Heartbeat
}

func NewReader(m files.Machine, heart *attempt.Heartbeat) Reader {
	return Reader{service.Reader{Machine: m}, heart}
}

// Agent looks for the agent, and for the proxy and the trust store that its
// service would use, which depend on whether there is one.
func (p Reader) Agent() (observation.Agent, service.ProxySettings, handshake.StoreSettings) {
	a := observation.Agent{Installed: observation.No}
	var unread *observation.Failure
	for _, name := range p.AgentPaths().binaries {
		switch there, failure := p.Exists(name); there {
		case observation.Yes:
			a.Installed = observation.Yes
			a.From = append(a.From, p.Shown(name))
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
	if container, failure := p.Container(); a.Installed == observation.No && (container != "" || failure != nil) {
		// The agent that manages the host runs outside the container.
		a.Installed, process = observation.Unknown, agentProcess{}
		why := "a container does not show whether its host has an agent"
		if container == "" {
			why = "whether this is a container, which does not show whether its host has an agent, is not known: " + failure.Text
		}
		a.From = append(a.From, why)
	}
	if a.Installed != observation.No {
		a.Running, a.Starting = process.running, process.starting
		if process.from != "" {
			a.From = append(a.From, process.from)
		}
	}
	if w := p.API(); w != nil {
		a.ImageState = imageState(w)
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
	e, from, known := p.AgentEnvironment(a.Installed, process.pid)
	if a.Installed == observation.Yes && p.System() == "linux" {
		var proxies []service.UnusedProxy
		a.StrayDropIns, proxies = p.StrayDropIns()
		e.Unused = append(e.Unused, proxies...)
	}
	if a.Installed == observation.Unknown && unread != nil {
		from, known = unread.Text, observation.No // there may be an agent with its own proxy
	}
	a.Hello = agentHello(a.Installed, binary, a.Version, e, known == observation.Yes && !slices.Contains(e.Passed, "GODEBUG"), from)
	return a, p.ProxyConfig(e, from, known), p.TrustConfig(e)
}

// likeliestBinaries returns the agent's programs, the running one first if its unit
// shows which it is.
func (p Reader) likeliestBinaries(process agentProcess) []string {
	names := slices.Clone(p.AgentPaths().binaries)
	if strings.Contains(process.from, "snap.") {
		slices.Reverse(names) // the snap's is the last
	}
	return names
}

// findAgentProcess looks for the running agent, as the operating system allows.
func (p Reader) findAgentProcess() agentProcess {
	if p.System() == "linux" {
		return p.agentProcess()
	}
	if w := p.API(); w != nil {
		return windowsProcess(w)
	}
	return systemAgentProcess()
}
