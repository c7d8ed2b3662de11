package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// sharedExpired says that the credentials shared by the agent's processes have expired,
// by AWS's clock if that is known. It returns "" if they have not, or if nothing is
// known. This is not a line of the log, it does not recur, and a machine that has just
// been resumed shows it too: it is evidence for another cause, and by itself only a
// note.
func (f *facts) sharedExpired() string {
	c := f.o.Node.AgentCredentials
	late := f.now().Sub(c.ExpiresAt)
	if !c.Shared || c.ExpiresAt.IsZero() || late <= 0 || f.o.Node.Agent.Running == observation.No {
		return ""
	}
	whose := ""
	switch c.Source {
	case observation.CredentialsOfRole:
		whose = " of the instance's role"
	case observation.CredentialsOfSSM:
		whose = " of Systems Manager"
	}
	line := "the agent's shared credentials" + whose + " expired at " + moment(c.ExpiresAt) + ", " + humanDuration(late) + " ago"
	if !c.RetrievedAt.IsZero() {
		line += ": the agent has got none since " + moment(c.RetrievedAt)
	}
	return line
}

// noteAgentCredentials says that shared credentials have expired, unless a finding says
// so or a cause in this run keeps the agent from getting new ones.
func (f *facts) noteAgentCredentials(add func(string), findings []Finding) {
	line := f.sharedExpired()
	if line == "" || f.o.Node.Agent.Installed == observation.No || slices.ContainsFunc(findings, func(x Finding) bool {
		return x.Severity == Error || slices.Contains(x.Evidence, line)
	}) {
		return
	}
	add(line)
}
