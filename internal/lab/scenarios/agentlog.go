package scenarios

import (
	"strings"
	"time"

	. "github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// agentLogScenarios are the worlds in which the agent's own log shows what no probe of
// the network can, or agrees with the probe, or contradicts it.
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
		refused    = " [ssm-agent-worker] [MessageService] [MGSInteractor] Failed to get controlchannel token, error: CreateControlChannel failed with error: createControlChannel request failed: " +
			"unexpected response from the service <AccessDeniedException><Message>User is not authorized to perform: ssmmessages:CreateControlChannel</Message></AccessDeniedException>"
		intercepted = " [ssm-agent-worker] [HealthCheck] error when calling AWS APIs. error details - RequestError: send request failed\ncaused by: Post \"https://ssm.us-east-2.amazonaws.com/\": " +
			"tls: failed to verify certificate: x509: certificate signed by unknown authority"
		mds = " [ssm-agent-worker] [MessageService] [MDSInteractor] error when calling AWS APIs. error details - GetMessages Error: AccessDeniedException: User: " + role +
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
	// quiet is a log whose level hides successes, last written age ago.
	quiet := func(age time.Duration) Fault {
		return func(w *World) {
			withFiles(map[string]string{"etc/amazon/ssm/seelog.xml": `<seelog minlevel="warn"><outputs><rollingfile type="size" filename="/var/log/amazon/ssm/amazon-ssm-agent.log"/></outputs></seelog>` + "\n"})(w)
			Special(SpecialFile{Kind: Binary, Age: age, Data: []byte(at("08:02:12", "WARN", denied) + "\n" + at("08:29:12", "WARN", denied) + "\n")}, folder+"amazon-ssm-agent.log")(w)
		}
	}
	// packaged is an agent installed from a package, not a snap.
	packaged := withFiles(map[string]string{
		"usr/bin/amazon-ssm-agent":                                         "the lab's agent is no program\n",
		"etc/systemd/system/amazon-ssm-agent.service":                      "[Service]\nExecStart=/usr/bin/amazon-ssm-agent\n",
		"run/systemd/units/keep":                                           "",
		"sys/fs/cgroup/system.slice/amazon-ssm-agent.service/cgroup.procs": "12345\n",
	})
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
		world("agent-channel-denied", "all is reached, and the agent's log says that ssmmessages refuses its channel", warns(diagnose.AgentAccessDenied),
			log(worker, at("08:02:16", "ERROR", refused))),
		world("agent-log-channel-succeeded", "the agent's channel got no answer once, and is open since", passes(),
			log(worker, at("08:02:31", "ERROR", silent), at("08:03:31", "ERROR", silent), "2026-09-14 08:04:17.2203 INFO [ssm-agent-worker] [MessageService] [MGSInteractor] Set up control channel successfully")),
		world("agent-log-other-failure", "an endpoint is blocked, and the agent's log has another failure", fails(diagnose.EndpointBlocked, "ssmmessages"),
			log(worker, opened, at("08:07:16", "ERROR", intercepted), at("08:12:16", "ERROR", intercepted)), blockEndpoints(Drop, "ssmmessages")),
		world("agent-log-quiet", "the agent's log has level warn, and a refusal just now", warns(diagnose.AgentAccessDenied), quiet(0)),
		world("agent-log-quiet-old", "the agent's log has level warn, and a refusal long ago, which may be over", passes(), quiet(3*time.Hour)),
		world("agent-credentials-expired", "this is another machine by the agent's log, and its shared credentials have expired", warns(diagnose.AgentIdentityRejected),
			log(at("08:02:12", "ERROR", cloned)), withFiles(map[string]string{
				"var/lib/amazon/ssm/runtimeconfig/identity_config.json": `{"InstanceId":"mi-0123456789abcdef0","IdentityType":"OnPrem","ShareFile":"/root/.aws/credentials",` +
					`"CredentialsExpiresAt":"2020-09-14T08:07:14Z","CredentialsRetrievedAt":"2020-09-14T07:07:14Z"}` + "\n",
			})),
		{
			Name: "agent-log-package", Title: "the agent is of a package, and its log says that the role lacks a permission", Base: PrivateVPC, Want: warns(diagnose.AgentAccessDenied),
			Faults: []Fault{packaged, log(at("08:02:12", "WARN", denied))},
		},
		world("agent-log-moved", "the agent's configuration writes the log elsewhere", warns(diagnose.AgentAccessDenied),
			withFiles(map[string]string{
				"etc/amazon/ssm/seelog.xml": `<seelog><outputs><rollingfile type="size" filename="/data/ssm/agent.log" maxsize="1"/></outputs></seelog>` + "\n",
				"data/ssm/agent.log":        start + "\n" + at("08:02:12", "WARN", denied) + "\n",
			})),
	}
	for name, says := range map[string][]string{
		"agent-access-denied":       {"ssm:UpdateInstanceInformation", "AmazonSSMManagedInstanceCore"},
		"agent-log-agrees":          {"the agent's log says the same"},
		"agent-log-contradicts":     {"the agent's log contradicts this"},
		"agent-hibernating":         {"10.0.1.101:443"},
		"agent-channel-denied":      {"ssmmessages:CreateControlChannel"},
		"agent-log-other-failure":   {"the agent's log has another failure"},
		"agent-log-quiet":           {"the level of the log, warn, hides successes"},
		"agent-credentials-expired": {"the agent's shared credentials expired at 2020-09-14 08:07:14 UTC"},
		"agent-log-package":         {"systemctl restart amazon-ssm-agent"},
	} {
		for i := range all {
			if all[i].Name == name {
				all[i].Says = says
			}
		}
	}
	return all
}
