package probe

import (
	"maps"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// distributorByAPI is the first agent whose Distributor reads no bucket of
// AWS's by itself (RELEASENOTES of amazon-ssm-agent, 3.3.551.0).
var distributorByAPI = []int{3, 3, 551, 0}

// firstLogsEndpoint is the first agent that knows CloudWatchLogs.Endpoint
// (RELEASENOTES, 3.3.2958.0). An older one uses AWS's own host.
var firstLogsEndpoint = []int{3, 3, 2958, 0}

// heeded is the configuration as an agent of this version reads it.
func (a Agent) heeded() AgentConfig {
	c := a.Config
	if a.IgnoresLogsEndpoint() {
		c.Endpoints = maps.Clone(c.Endpoints)
		delete(c.Endpoints, logsTarget)
		c.Unusable = maps.Clone(c.Unusable)
		delete(c.Unusable, logsTarget)
	}
	return c
}

// logsTarget is the target that CloudWatchLogs.Endpoint is for.
const logsTarget = string(endpoint.Logs)

// IgnoresLogsEndpoint reports whether the configuration names a host for logs
// that this agent is too old to know of.
func (a Agent) IgnoresLogsEndpoint() bool {
	named := a.Config.Endpoints[logsTarget] != "" || a.Config.Unusable[logsTarget] != ""
	return named && a.olderThan(firstLogsEndpoint...) == Yes
}

// olderThan reports whether the agent is older than a version. Unknown: its
// version is not known.
func (a Agent) olderThan(limit ...int) Known {
	v, ok := VersionNumbers(a.Version)
	if !ok {
		return Unknown
	}
	if slices.Compare(v, limit) < 0 {
		return Yes
	}
	return No
}
