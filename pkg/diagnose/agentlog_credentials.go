package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// sharedExpired says that the credentials that the agent's processes share have expired,
// by AWS's clock as far as that is known. Empty: they have not, or nothing is known. It is
// no line of the log and does not recur, and a machine that was just resumed has it too: it
// is evidence beside a cause, and by itself a note.
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
		line += ": it has got none since " + moment(c.RetrievedAt)
	}
	return line
}

// noteAgentCredentials says that shared credentials have expired, unless a finding has it
// or a cause of this run keeps the agent from new ones.
func (f *facts) noteAgentCredentials(add func(string), findings []Finding) {
	line := f.sharedExpired()
	if line == "" || f.o.Node.Agent.Installed == observation.No || slices.ContainsFunc(findings, func(x Finding) bool {
		return x.Severity == Error || slices.Contains(x.Evidence, line)
	}) {
		return
	}
	add(line)
}
