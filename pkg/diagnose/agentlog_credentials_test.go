package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// expired gives the agent shared credentials that expired so long before the run.
func (w *world) expired(ago time.Duration) *observation.AgentCredentials {
	w.Node.Agent.Installed = observation.Yes
	at := w.StartedAt.Add(-ago)
	w.Node.AgentCredentials = observation.AgentCredentials{Source: observation.CredentialsOfSSM, Shared: true, RetrievedAt: at.Add(-time.Hour), ExpiresAt: at}
	return &w.Node.AgentCredentials
}

func agentCredentialsTests() []verdictTest {
	return []verdictTest{
		{name: "the agent's shared credentials have expired", change: func(w *world) { w.expired(3 * time.Hour) }},
		{name: "the agent's shared credentials are valid", change: func(w *world) { w.expired(-time.Hour) }},
		{name: "the agent's credentials have expired, and are not shared", change: func(w *world) { w.expired(time.Hour).Shared = false }},
		{name: "when the agent's shared credentials expire is not known", change: func(w *world) { w.expired(time.Hour).ExpiresAt = time.Time{} }},
		{name: "the agent is stopped, and its shared credentials have expired", want: []string{"warning agent-stopped"}, change: func(w *world) {
			w.expired(time.Hour)
			w.Node.Agent.Running = observation.No
		}},
		{name: "a cloned machine whose shared credentials have expired", want: []string{"warning agent-identity-rejected"}, change: func(w *world) {
			w.expired(3 * time.Hour)
			w.logs("fingerprint", observation.LogCredentials, 1)
		}},
		{name: "the network is down, and the agent's shared credentials have expired", status: 1, want: []string{"error endpoint-blocked ssm"}, change: func(w *world) {
			w.expired(3 * time.Hour)
			w.silent("ssm")
		}},
	}
}

func TestAgentCredentials(t *testing.T) {
	const says = "the agent's shared credentials of Systems Manager expired at "
	for _, test := range agentCredentialsTests() {
		r := judged(t, test.name, nil)
		has := func(lines []string) bool {
			return slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(s, says) })
		}
		evidence := slices.ContainsFunc(r.Findings, func(f Finding) bool { return has(f.Evidence) })
		wantNote := test.name == "the agent's shared credentials have expired"
		wantEvidence := test.name == "a cloned machine whose shared credentials have expired"
		if wantNote && !strings.Contains(strings.Join(r.Notes, "\n"), "3 hours ago") {
			t.Errorf("no note says how long ago: %q", r.Notes)
		}
		if evidence != wantEvidence || has(r.Notes) != wantNote {
			t.Errorf("%s: evidence %t, note %t; want %t and %t: %q", test.name, evidence, has(r.Notes), wantEvidence, wantNote, r.Notes)
		}
	}
}
