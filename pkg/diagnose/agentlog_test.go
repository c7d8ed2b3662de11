package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const agentLogPath = "/var/log/amazon/ssm/amazon-ssm-agent.log"

// logs adds a line to the agent's log, written this often since 08:02.
func (w *world) logs(id string, channel observation.AgentLogChannel, count int) *observation.AgentLogLine {
	log := &w.Node.AgentLog
	log.Files = []observation.AgentLogFile{{Path: agentLogPath}}
	log.LastStart, log.Newest, log.Worker = "2026-03-04 08:02:09", "2026-03-04 10:44:00", observation.Yes
	l := observation.AgentLogLine{
		ID: id, Channel: channel, Count: count, File: agentLogPath,
		First: "2026-03-04 08:02:12", Last: "2026-03-04 10:40:00",
	}
	if count == 1 {
		l.Last = l.First
	}
	log.Lines = append(log.Lines, l)
	return &log.Lines[len(log.Lines)-1]
}

func agentLogTests() []verdictTest {
	const (
		credentials = observation.LogCredentials
		messages    = observation.LogMessages
		heartbeat   = observation.LogHeartbeat
	)
	denied := []string{"warning agent-access-denied"}
	rejected := []string{"warning agent-identity-rejected"}
	reports := []string{"warning agent-reports-error"}
	hibernating := []string{"warning agent-hibernating"}
	one := func(id string, channel observation.AgentLogChannel, count int) func(*world) {
		return func(w *world) { w.logs(id, channel, count) }
	}
	return []verdictTest{
		{name: "the agent's role may not report", want: denied, change: func(w *world) {
			w.logs("uii-denied", credentials, 3).Action = "UpdateInstanceInformation"
			w.logs("sleeping", credentials, 3)
		}},
		{name: "the agent's role may not open the channel", want: denied, change: one("mgs-denied", messages, 1)},
		{name: "the agent says that an endpoint's policy denies its calls", want: denied, change: one("vpce-policy", credentials, 1)},
		{name: "the agent says that the organization denies its calls", want: denied, change: one("scp", credentials, 1)},
		{name: "the agent has neither a role nor Default Host Management", want: append([]string{"info role-missing"}, denied...), change: func(w *world) {
			w.Metadata.Role = observation.No
			w.logs("no-role", credentials, 3)
			w.logs("dhmc", credentials, 3)
		}},
		{name: "an instance without a role whose agent is stopped and said so", want: []string{"warning role-missing", "warning agent-stopped"}, change: func(w *world) {
			w.Metadata.Role, w.Node.Agent.Running = observation.No, observation.No
			w.logs("no-role", credentials, 3)
		}},
		{name: "the agent's role may not report, and a signed call says so", status: 1, want: []string{"error iam-denied ssm"}, change: func(w *world) {
			w.refuses(0, 400, "AccessDeniedException", noIdentityPolicy)
			w.logs("mgs-denied", messages, 3)
			w.logs("uii-denied", credentials, 3)
		}},
		{name: "the agent's role may not report, though a signed call is allowed", want: denied, change: func(w *world) {
			w.signed()
			w.logs("uii-denied", credentials, 3)
		}},
		{name: "the agent's credentials were not valid, and a signed call is allowed", change: func(w *world) {
			w.signed()
			w.logs("credentials-invalid", credentials, 3)
		}},
		{name: "the agent's credentials are not valid", want: reports, change: one("credentials-invalid", credentials, 3)},
		{name: "a cloned machine", want: rejected, change: one("fingerprint", credentials, 1)},
		{name: "a registration that was removed", want: rejected, change: one("not-existing-instance", credentials, 2)},
		{name: "a registration of another Region", want: []string{"warning region-mismatch"}, change: func(w *world) {
			w.Node.Registration = observation.Registration{Path: "/var/lib/amazon/ssm/registration", InstanceID: "mi-0123456789abcdef0", Region: "eu-west-1"}
			w.logs("not-existing-instance", credentials, 2)
		}},
		{name: "the agent's disk was full once", change: one("disk-full", "", 1)},
		{name: "the agent's disk is full", want: reports, change: one("disk-full", "", 2)},
		{name: "the agent fails, and its log does not say why", want: reports, change: one("mgs-wrapper", messages, 4)},
		{name: "the agent crashes, and is stopped", want: []string{"warning agent-stopped"}, change: func(w *world) {
			w.Node.Agent.Running = observation.No
			w.logs("crash", "", 3)
		}},
		{name: "the agent hibernates, and all works now", want: hibernating, change: func(w *world) {
			w.logs("hibernate", credentials, 1)
			w.logs("tcp-timeout", credentials, 1).Address = "10.0.1.101:443"
		}},
		{name: "the agent sleeps, and all works now", want: hibernating, change: func(w *world) {
			w.logs("cred-wrapper", credentials, 3)
			w.logs("sleeping", credentials, 3)
		}},
		{name: "the agent's channel gets no answer, and this run's does", want: hibernating, change: one("tcp-timeout", messages, 1)},
		{name: "one heartbeat of the agent failed", change: one("tcp-timeout", heartbeat, 1)},
		{name: "the agent's heartbeats fail, and this run's connection does not", want: hibernating, change: one("tcp-timeout", heartbeat, 2)},
		{name: "the agent's log says what the network says", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
			w.logs("tcp-timeout", messages, 14)
			w.logs("hibernate", credentials, 1)
		}},
		{name: "the agent's log says at two places what the network says", status: 1, want: []string{"error endpoint-blocked ssm,ssmmessages"}, change: func(w *world) {
			w.silent("ssm")
			w.silent("ssmmessages")
			w.logs("tcp-timeout", messages, 14)
			w.logs("tcp-timeout", heartbeat, 3).First = "2026-03-04 08:02:10"
		}},
		{name: "the agent's log says of ssm what the network says of ssmmessages", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
			w.logs("tcp-timeout", heartbeat, 3)
		}},
		{name: "the agent's log has another failure than the network", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
			w.logs("x509-authority", messages, 14)
			w.logs("mgs-wrapper", messages, 14)
		}},
		{name: "the agent's channel is open, and the network's is not", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
			w.logs("update-lock", "", 1)
			w.Node.AgentLog.ChannelGood = "2026-03-04 08:02:17"
		}},
		{name: "the agent's log has what is normal", change: func(w *world) {
			for _, id := range []string{"clone-ec2", "session-handshake", "no-registration", "mds-denied", "ws-1006", "update-lock", "channel-mds", "no-such-signature", "", "e", " ", "d uii-denied"} {
				w.logs(id, "", 2)
			}
		}},
		{name: "the agent's channel is cut three times a day", want: reports, change: one("ws-1006", "", 3)},
		{name: "the log of an agent that was removed", want: []string{"info agent-missing"}, change: func(w *world) {
			w.Node.Agent = observation.Agent{Installed: observation.No}
			w.logs("uii-denied", credentials, 3)
		}},
		{name: "the agent hibernated before it was stopped", want: []string{"warning agent-stopped"}, change: func(w *world) {
			w.Node.Agent.Running = observation.No
			w.logs("hibernate", credentials, 1)
		}},
		{name: "the agent's log may not be read", change: func(w *world) {
			w.Node.AgentLog.Files = []observation.AgentLogFile{{Path: agentLogPath, Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindDenied}}}
		}},
	}
}

func TestAgentLog_says(t *testing.T) {
	for _, test := range []struct {
		world string
		code  Code
		want  []string
	}{
		{"the agent's role may not report", AgentAccessDenied, []string{"ssm:UpdateInstanceInformation", managedPolicy, "since 2026-03-04 08:02:12, 3 times", "systemctl restart"}},
		{"the agent's log says what the network says", EndpointBlocked, []string{"the agent's log says the same", "since 2026-03-04 08:02:12, 14 times"}},
		{"the agent's log says at two places what the network says", EndpointBlocked, []string{"since 2026-03-04 08:02:10, 17 times"}},
		{"the agent's log says of ssm what the network says of ssmmessages", EndpointBlocked, []string{"has another failure", "3 times"}},
		{"the agent's log has another failure than the network", EndpointBlocked, []string{"another failure", "issuer"}},
		{"the agent's channel is open, and the network's is not", EndpointBlocked, []string{"contradicts", "2026-03-04 08:02:17"}},
		{"the agent's role may not report, and a signed call says so", IAMDenied, []string{"the agent's log says the same"}},
		{"the agent's disk is full", AgentReportsError, []string{"free space", "2 times"}},
		{"the agent hibernates, and all works now", AgentHibernating, []string{"restart", "10.0.1.101:443", "at 2026-03-04 08:02:12"}},
		{"a cloned machine", AgentIdentityRejected, []string{"-register", "similarityThreshold"}},
	} {
		r := judged(t, test.world, nil)
		i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == test.code })
		if i < 0 {
			t.Errorf("%s: no %s", test.world, test.code)
			continue
		}
		f := r.Findings[i]
		all := strings.Join(slices.Concat([]string{f.Title}, f.Evidence, f.Confirm, f.Fix), "\n")
		for _, want := range test.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is missing in\n%s", test.world, want, all)
			}
		}
	}
}

// What is not known is said, and never passes silently.
func TestAgentLog_notes(t *testing.T) {
	has := func(r *Report, want string) {
		t.Helper()
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, want) }) {
			t.Errorf("no note says %q: %q", want, r.Notes)
		}
	}
	has(judged(t, "the agent's log may not be read", nil), "run as root")
	has(judged(t, "the agent's role may not report", func(w *world) { w.Node.AgentLog.Worker = observation.No }), "has not got credentials since")
}

// The check of a finding from the log prints the newest of its lines, and says which one
// that is, so that the reader need not search for it.
func TestAgentLog_checks(t *testing.T) {
	for name, wants := range map[string][]Check{
		"the agent's role may not report": {{
			Command: "grep -aF '2026-03-04 10:40:00' " + agentLogPath + " | tail -n 10 | cut -c -300",
			Expect:  "the line of 2026-03-04 10:40:00: AWS refuses the call to the agent's role",
		}},
		"a cloned machine": {{
			Command: "grep -aF '2026-03-04 08:02:12' " + agentLogPath + " | tail -n 10 | cut -c -300",
			Expect:  "the line of 2026-03-04 08:02:12: AWS knows another machine under this node's id",
		}},
		"the agent's channel gets no answer, and this run's does": {
			{
				Command: "grep -aF '2026-03-04 08:02:12' " + agentLogPath + " | tail -n 10 | cut -c -300",
				Expect:  "the line of 2026-03-04 08:02:12: a connection got no answer",
			},
			{Expect: "HTTP 404 from AWS (normal here)", Control: true},
		},
	} {
		r := judged(t, name, nil)
		if len(r.Findings) == 0 {
			t.Fatalf("%s: no finding", name)
		}
		got := r.Findings[0].Checks
		for i := range got {
			if got[i].Control {
				got[i].Command = ""
			}
		}
		if diff := cmp.Diff(wants, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}
