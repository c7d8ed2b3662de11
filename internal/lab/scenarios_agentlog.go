package lab

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// agentLogScenarios are the worlds in which the agent's own log says what no probe of the
// network sees, or agrees with it, or contradicts it.
func agentLogScenarios() []Scenario {
	const (
		folder = "var/log/amazon/ssm/"
		start  = "2026-09-14 08:02:09.1021 INFO [amazon-ssm-agent] amazon-ssm-agent - v3.3.1142.0"
		worker = "2026-09-14 08:02:15.4410 INFO [ssm-agent-worker] ssm-agent-worker - v3.3.1142.0"
		opened = "2026-09-14 08:02:17.2203 INFO [ssm-agent-worker] [MessageService] [MGSInteractor] Set up control channel successfully"
		role   = "arn:aws:sts::111122223333:assumed-role/node-role/" + InstanceID
		denied = " EC2RoleProvider Failed to connect to Systems Manager with instance profile role credentials. Err: retrieved credentials failed to report to ssm. " +
			"RequestId: 00000000-0000-4000-8000-000000000003 Error: AccessDeniedException: User: " + role +
			" is not authorized to perform: ssm:UpdateInstanceInformation on resource: arn:aws:ec2:us-east-2:111122223333:instance/" + InstanceID +
			" because no identity-based policy allows the ssm:UpdateInstanceInformation action"
		silent = " [ssm-agent-worker] [MessageService] [MGSInteractor] Failed to get controlchannel token, error: CreateControlChannel failed with error: " +
			"createControlChannel request failed: failed to make http client call: Post \"https://ssmmessages.us-east-2.amazonaws.com/v1/control-channel/" + InstanceID +
			"\": dial tcp 10.0.1.102:443: i/o timeout"
		hibernates = " [ssm-agent-worker] Entering SSM Agent hibernate - RequestError: send request failed\ncaused by: Post \"https://ssm.us-east-2.amazonaws.com/\": dial tcp 10.0.1.101:443: i/o timeout"
		cloned     = " [CredentialRefresher] Retrieve credentials produced error: error calling RequestManagedInstanceRoleToken: MachineFingerprintDoesNotMatch: Fingerprint doesn't match"
		full       = " [CredentialRefresher] Failed to save new expiration: write /var/lib/amazon/ssm/runtimeconfig/identity_config.json: no space left on device"
		mds        = " [ssm-agent-worker] [MessageService] [MDSInteractor] error when calling AWS APIs. error details - GetMessages Error: AccessDeniedException: User: " + role +
			" is not authorized to perform: ec2messages:GetMessages on resource: *"
	)
	log := func(lines ...string) Fault {
		return withFiles(map[string]string{folder + "amazon-ssm-agent.log": strings.Join(append([]string{start}, lines...), "\n") + "\n"})
	}
	agent := withAgent(Agent{})
	at := func(clock, level, message string) string { return "2026-09-14 " + clock + ".3310 " + level + message }
	world := func(name, title string, want Want, faults ...Fault) Scenario {
		return Scenario{Name: name, Title: title, Base: PrivateVPC, Faults: append([]Fault{agent}, faults...), Want: want}
	}
	all := []Scenario{
		world("agent-access-denied", "all is reached, and the agent's log says that the role lacks a permission", warns(diagnose.AgentAccessDenied),
			log(at("08:02:12", "WARN", denied), at("08:29:12", "WARN", denied), at("08:29:12", "INFO", " [CredentialRefresher] Sleeping for 27m41s before retrying retrieve credentials"))),
		world("agent-log-succeeded", "the agent was refused once, and has succeeded since", passes(),
			log(at("08:02:12", "WARN", denied), "2026-09-14 08:29:12.0107 INFO EC2RoleProvider Successfully connected with instance profile role credentials", worker, opened)),
		world("agent-log-noise", "the agent's log has a refusal of ec2messages, which is normal", passes(),
			log(worker, opened, at("08:02:19", "ERROR", mds), at("08:02:49", "ERROR", mds))),
		world("agent-identity-rejected", "all is reached, and the agent's log says that this is another machine", warns(diagnose.AgentIdentityRejected),
			log(at("08:02:12", "ERROR", cloned))),
		world("agent-reports-error", "all is reached, and the agent's log says that the disk is full", warns(diagnose.AgentReportsError),
			log(worker, opened, at("08:32:12", "WARN", full), at("08:33:12", "WARN", full))),
		world("agent-hibernating", "all is reached, and the agent still waits", warns(diagnose.AgentHibernating),
			log(at("08:02:44", "INFO", hibernates)),
			withFiles(map[string]string{folder + "hibernate.log": "2026-09-14 08:22:14 INFO Backing off health check to every 600 seconds for 1800 seconds.\n"})),
		world("agent-log-agrees", "an endpoint is blocked, and the agent's log says the same", fails(diagnose.EndpointBlocked, "ssmmessages"),
			log(worker, at("08:02:31", "ERROR", silent), at("08:03:31", "ERROR", silent)), blockEndpoints(Drop, "ssmmessages")),
		world("agent-log-contradicts", "an endpoint is blocked, and the agent's log says that its channel is open", fails(diagnose.EndpointBlocked, "ssmmessages"),
			log(worker, opened), blockEndpoints(Drop, "ssmmessages")),
		world("agent-log-moved", "the agent's configuration writes the log elsewhere", warns(diagnose.AgentAccessDenied),
			withFiles(map[string]string{
				"etc/amazon/ssm/seelog.xml": `<seelog><outputs><rollingfile type="size" filename="/data/ssm/agent.log" maxsize="1"/></outputs></seelog>` + "\n",
				"data/ssm/agent.log":        start + "\n" + at("08:02:12", "WARN", denied) + "\n",
			})),
	}
	for name, says := range map[string][]string{
		"agent-access-denied":   {"ssm:UpdateInstanceInformation", "AmazonSSMManagedInstanceCore"},
		"agent-log-agrees":      {"the agent's log says the same"},
		"agent-log-contradicts": {"the agent's log contradicts it"},
		"agent-hibernating":     {"10.0.1.101:443"},
	} {
		for i := range all {
			if all[i].Name == name {
				all[i].Says = says
			}
		}
	}
	return all
}
