package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// level gives the agent's log a level, and says how long before the run it was written.
func (w *world) level(level observation.AgentLogLevel, ago time.Duration) {
	w.Node.AgentLog.Level, w.Node.AgentLog.Written = level, w.StartedAt.Add(-ago)
}

func agentLogLevelTests() []verdictTest {
	const credentials, messages = observation.LogCredentials, observation.LogMessages
	denied := func(level observation.AgentLogLevel, ago time.Duration) func(*world) {
		return func(w *world) {
			w.logs("uii-denied", credentials, 3).Action = "UpdateInstanceInformation"
			w.level(level, ago)
		}
	}
	refused := []string{"warning agent-access-denied"}
	return []verdictTest{
		{name: "the agent's log is old, and has successes", want: refused, change: denied(observation.LogInfo, 100*time.Hour)},
		{name: "the agent's log has no successes, and was written just now", want: refused, change: denied(observation.LogWarn, time.Minute)},
		{name: "the agent's log has no successes, and was last written long ago", change: denied(observation.LogWarn, 2*time.Hour)},
		{name: "the agent's log has errors alone, and was last written long ago", change: denied(observation.LogError, 2*time.Hour)},
		{name: "whether the agent's log has successes is not known, and it was last written long ago", change: denied(observation.LogLevelUnknown, 2*time.Hour)},
		{name: "the agent's log has no successes, and when it was written is not known", change: func(w *world) {
			denied(observation.LogWarn, 0)(w)
			w.Node.AgentLog.Written = time.Time{}
		}},
		{name: "the agent's log has no successes, and was written after the run began", want: refused, change: denied(observation.LogWarn, -time.Minute)},
		{name: "the agent's channel was open before its log had no successes", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
			w.logs("disk-full", "", 1)
			w.Node.AgentLog.ChannelGood = "2026-03-04 08:02:17"
			w.level(observation.LogWarn, time.Minute)
		}},
		{name: "the agent's log without successes agrees with the network", status: 1, want: []string{"error endpoint-blocked ssmmessages"}, change: func(w *world) {
			w.silent("ssmmessages")
			w.logs("tcp-timeout", messages, 14)
			w.level(observation.LogWarn, time.Minute)
		}},
	}
}

func TestAgentLog_level(t *testing.T) {
	lines := func(r *Report) string {
		all := slices.Clone(r.Notes)
		for _, f := range r.Findings {
			all = append(all, f.Evidence...)
		}
		return strings.Join(all, "\n")
	}
	for world, says := range map[string][]string{
		"the agent's log has no successes, and was written just now":                           {"the level of the log, warn, hides successes"},
		"the agent's log has no successes, and was last written long ago":                      {"the level of the log, warn, hides successes", "ssm:UpdateInstanceInformation", "still holds is not known"},
		"whether the agent's log has successes is not known, and it was last written long ago": {"whether the level of the log hides successes is not known", "still holds is not known"},
		"the agent's log without successes agrees with the network":                            {"says the same", "14 times", "hides successes"},
		"the agent's log is old, and has successes":                                            {"3 times"},
	} {
		text := lines(judged(t, world, nil))
		for _, want := range says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing in\n%s", world, want, text)
			}
		}
	}
	for world, says := range map[string]string{
		"the agent's log is old, and has successes":                    "hides successes",
		"the agent's channel was open before its log had no successes": "contradicts",
	} {
		if text := lines(judged(t, world, nil)); strings.Contains(text, says) {
			t.Errorf("%s: %q stands in\n%s", world, says, text)
		}
	}
}
