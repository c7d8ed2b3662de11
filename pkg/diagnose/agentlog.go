package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The agent's own log.
const (
	AgentAccessDenied     Code = "agent-access-denied"
	AgentIdentityRejected Code = "agent-identity-rejected"
	AgentReportsError     Code = "agent-reports-error"
	AgentHibernating      Code = "agent-hibernating"
)

// agentLog judges the agent's log after everything else: a line that a finding explains
// becomes evidence of that finding, and what the probe cannot see becomes a finding of
// its own.
func (j *judgement) agentLog() {
	f := j.facts
	log, agent := f.o.Node.AgentLog, f.o.Node.Agent
	if agent.Installed == observation.No || f.logIsOld() {
		return
	}
	found := map[Code]bool{}
	var worst Code // the first error
	for _, c := range j.causes {
		for _, m := range j.left[c.code] {
			found[c.code] = found[c.code] || rank(m.severity) > rank(Info) && !m.suppressed
			if worst == "" && m.severity == Error {
				worst = c.code
			}
		}
	}
	j.fromLog = map[Code][]string{}
	opened := false
	refused := found[IAMDenied] || found[EndpointPolicyDenies]
	signed := slices.ContainsFunc(f.o.Signed, func(c observation.SignedCall) bool {
		t := f.byName[c.Target]
		return t != nil && t.Service != endpoint.S3 && whatServiceSays(&c) == saysYes
	})
	perFinding, agrees := map[Code][]loggedLine{}, map[Code][]loggedLine{}
	var waits, contradicted []loggedLine
	for _, l := range f.logged() {
		opened = opened || l.Channel == observation.LogMessages
		explained := false
		for _, code := range l.codes {
			if found[code] && j.concerns(code, l.service()) {
				explained = true
				agrees[code] = append(agrees[code], l)
			}
		}
		recurring := l.Count >= 2
		switch {
		case explained, l.family == logDenied && refused:
		case l.family == logDenied:
			perFinding[AgentAccessDenied] = append(perFinding[AgentAccessDenied], l)
		case l.family == logIdentity:
			perFinding[AgentIdentityRejected] = append(perFinding[AgentIdentityRejected], l)
		case l.family == logWaiting:
			waits = append(waits, l)
		case (l.family == logNetwork || l.family == logFrame) && worst != "":
			j.fromLog[worst] = append(j.fromLog[worst], "the agent's log has another failure: "+f.logEvidence(l))
		case l.family == logNetwork && l.Channel != "", l.family == logFrame && l.Channel == observation.LogCredentials:
			if recurring || l.Channel != observation.LogHeartbeat { // it retries in five minutes
				contradicted = append(contradicted, l)
			}
		case l.ID == "no-registration" && !f.mayBeRegistered() && f.ec2(),
			signed && slices.Contains([]string{"token-expired", "shared-expired", "credentials-invalid"}, l.ID),
			l.ID == "ws-1006" && l.Count < 3:
		case l.family != logEvidence && recurring:
			perFinding[AgentReportsError] = append(perFinding[AgentReportsError], l)
		}
	}
	for code, lines := range agrees {
		j.fromLog[code] = append(j.fromLog[code], "the agent's log says the same: "+f.logEvidence(together(lines)))
	}
	if log.ChannelGood != "" && !opened && !f.successesHidden() {
		for code := range found {
			if slices.ContainsFunc(j.left[code], func(m match) bool {
				return m.severity == Error && m.target != nil && m.target.Service == endpoint.SSMMessages
			}) {
				j.fromLog[code] = append(j.fromLog[code], "the agent's log contradicts this: the channel to ssmmessages was opened at "+logClock(log.ChannelGood, "")+", and has not failed since")
			}
		}
	}
	if len(perFinding) == 0 && len(waits)+len(contradicted) > 0 && agent.Running != observation.No && j.channelWorks() {
		perFinding[AgentHibernating] = append(waits, contradicted...)
	}
	for code, lines := range perFinding {
		if code != AgentHibernating {
			lines = append(lines, waits...)
		}
		evidence := append(mapTo(lines, f.logEvidence), f.sharedExpired())
		j.left[code] = []match{{effect: affects, severity: Warning, lines: lines, evidence: evidence}}
	}
}

// concerns reports whether a finding may be about a service: one of its targets belongs
// to it, or it has none.
func (j *judgement) concerns(code Code, service endpoint.Service) bool {
	return service == "" || slices.ContainsFunc(j.left[code], func(m match) bool {
		return m.target == nil || m.target.Service == service
	})
}

// channelWorks reports whether this run reached what the agent's heartbeat and its
// channel need.
func (j *judgement) channelWorks() bool {
	ts := j.facts.where(func(t *target) bool {
		return t.needed && (t.Service == endpoint.SSM || t.Service == endpoint.SSMMessages)
	})
	return len(ts) > 0 && every(ts, j.usable)
}

// agentLogCauses are the causes that the agent's own log shows. They have no find
// function: agentLog finds them.
func agentLogCauses() []cause {
	return []cause{
		{code: AgentAccessDenied, atMost: Warning, restart: true, credentials: true, describe: describeAccessDenied},
		{code: AgentIdentityRejected, atMost: Warning, restart: true, describe: describeIdentityRejected},
		{code: AgentReportsError, atMost: Warning, describe: describeReportsError},
		{code: AgentHibernating, atMost: Warning, restart: true, credentials: true, describe: describeHibernating},
	}
}

// noteAgentLog says what the log leaves unknown.
func (f *facts) noteAgentLog(add func(string)) {
	log := f.o.Node.AgentLog
	for _, file := range log.Files {
		switch {
		case file.Failure.Of(observation.KindDenied):
			add("the agent's log " + logFile(file.Path) + " may not be read by this user: its content is not known; run as " + f.superuser())
		case file.Failure != nil:
			add("the agent's log could not be read: its content is not known (" + logFile(file.Failure.Text) + ")")
		}
	}
	if f.o.Node.Agent.Installed == observation.No {
		return
	}
	if log.LastStart != "" && log.Worker == observation.No {
		add("the agent was started at " + logClock(log.LastStart, "") + " and has not got credentials since, according to its log, which says nothing about its channel to ssmmessages")
	}
	if lines := f.logged(); len(lines) > 0 && f.logIsOld() {
		l := lines[len(lines)-1]
		add("the agent's log says: " + l.say() + ", " + l.when() + "; whether that still holds is not known: the log was not written in the last hour, and " + f.logLevel())
	}
}
