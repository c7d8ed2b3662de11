package report

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// agentStopped reports whether the agent does not run. The verdict is the
// network's all the same: what can work does so once the agent runs.
func agentStopped(d *Document) bool {
	return slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool {
		return f.Code == diagnose.AgentStopped && f.Severity != diagnose.Info
	})
}

// stoppedFirst says that the agent is stopped before what the verdict is.
func stoppedFirst(d *Document, what string) string {
	if !agentStopped(d) {
		return what
	}
	return "the SSM Agent is stopped; " + what
}

// canWork says that something can work, and from when on.
func canWork(d *Document) string {
	if agentStopped(d) {
		return "can work once the SSM Agent runs"
	}
	return "can work"
}
