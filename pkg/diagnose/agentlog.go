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

// agentLog judges the agent's log after everything else: what a finding explains is
// added to that finding's evidence, and what the probe does not see becomes one.
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
			if recurring || l.Channel != observation.LogHeartbeat { // it tries again in five minutes
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
				j.fromLog[code] = append(j.fromLog[code], "the agent's log contradicts it: the channel of ssmmessages was opened at "+logClock(log.ChannelGood, "")+", and no failure of it followed")
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
		m := match{effect: affects, severity: Warning, lines: lines}
		for _, l := range lines {
			m.evidence = append(m.evidence, f.logEvidence(l))
		}
		m.evidence = append(m.evidence, f.sharedExpired())
		j.left[code] = []match{m}
	}
}

// concerns reports whether a finding may be about a service: it names a target of it, or
// none.
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
	return len(ts) > 0 && !slices.ContainsFunc(ts, func(t *target) bool { return !j.usable(t) })
}

// agentLogCauses are the causes that the agent's own log shows. agentLog finds them.
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
			add("the agent's log " + logFile(file.Path) + " may not be read by this user: what it says is not known; run as " + f.superuser())
		case file.Failure != nil:
			add("the agent's log could not be read: what it says is not known (" + logFile(file.Failure.Text) + ")")
		}
	}
	if f.o.Node.Agent.Installed == observation.No {
		return
	}
	if log.LastStart != "" && log.Worker == observation.No {
		add("the agent was started at " + logClock(log.LastStart, "") + " and has not got credentials since, by its log: of its channel to ssmmessages the log says nothing")
	}
	if lines := f.logged(); len(lines) > 0 && f.logIsOld() {
		l := lines[len(lines)-1]
		add("the agent's log says: " + l.say() + ", " + l.when() + "; whether that is over is not known: it was not written in the last hour, and " + f.logLevel())
	}
}
