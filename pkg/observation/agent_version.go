package observation

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// firstLogsEndpoint is the first agent that supports CloudWatchLogs.Endpoint
// (RELEASENOTES, 3.3.2958.0). Older ones use AWS's own host.
var firstLogsEndpoint = []int{3, 3, 2958, 0}

// Heeded returns the configuration without what an agent of this version ignores.
func (a Agent) Heeded() AgentConfig {
	c := a.Config
	if a.IgnoresLogsEndpoint() {
		c.Endpoints = maps.Clone(c.Endpoints)
		delete(c.Endpoints, LogsTarget)
		c.Unusable = maps.Clone(c.Unusable)
		delete(c.Unusable, LogsTarget)
	}
	return c
}

// LogsTarget is the target that CloudWatchLogs.Endpoint is for.
const LogsTarget = string(endpoint.Logs)

// IgnoresLogsEndpoint reports whether the configuration sets a host for logs and this
// agent is too old to support that.
func (a Agent) IgnoresLogsEndpoint() bool {
	named := a.Config.Endpoints[LogsTarget] != "" || a.Config.Unusable[LogsTarget] != ""
	return named && a.OlderThan(firstLogsEndpoint...) == Yes
}

// OlderThan reports whether the agent is older than a version. Unknown: its
// version is not known.
func (a Agent) OlderThan(limit ...int) Known {
	v, ok := VersionNumbers(a.Version)
	if !ok {
		return Unknown
	}
	if slices.Compare(v, limit) < 0 {
		return Yes
	}
	return No
}

// firstDualStack is the first agent that supports UseDualStackEndpoint (RELEASENOTES of
// amazon-ssm-agent, 3.3.3270.0). Older ones ignore it and use the plain names.
var firstDualStack = []int{3, 3, 3270, 0}

// KnowsDualStack reports whether the agent supports UseDualStackEndpoint. Unknown: its
// version is not known.
func (a Agent) KnowsDualStack() Known {
	switch a.OlderThan(firstDualStack...) {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unknown
}

// FirstWithoutEC2Messages is the first agent that does not need ec2messages while
// ssmmessages is connected (RELEASENOTES of amazon-ssm-agent, 3.3.40.0).
var FirstWithoutEC2Messages = []int{3, 3, 40, 0}

// lastWithEC2Messages is the version of Windows Server 2012, where the agent keeps using
// ec2messages (see ec2messages in the contract).
var lastWithEC2Messages = []int{6, 2}

// NeedsEC2Messages reports whether this node's agent needs ec2messages even if ssmmessages
// works. Unknown: the agent's version is not known.
func (n Node) NeedsEC2Messages() Known {
	if n.OS == "windows" {
		if v, ok := VersionNumbers(n.OSVersion); ok && slices.Compare(v[:min(2, len(v))], lastWithEC2Messages) <= 0 {
			return Yes
		}
	}
	return n.Agent.OlderThan(FirstWithoutEC2Messages...)
}

// VersionNumbers parses a dotted version. It reports false if s is not one.
func VersionNumbers(s string) (v []int, ok bool) {
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		v = append(v, n)
	}
	return v, true
}
