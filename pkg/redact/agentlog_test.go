package redact_test

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// A redacted report is judged as the whole one: what the agent's log says stays. What has
// not the form of it does not.
func TestAgentLog(t *testing.T) {
	levels := []observation.AgentLogLevel{
		observation.LogInfo, observation.LogWarn, observation.LogError, observation.LogCritical, observation.LogOff, observation.LogLevelUnknown,
	}
	channels := []observation.AgentLogChannel{"", observation.LogCredentials, observation.LogMessages, observation.LogHeartbeat}
	const at = "2026-03-04 08:02:09"
	for i, id := range strings.Fields(observation.AgentLogIDs) {
		log := observation.AgentLog{
			Level: levels[i%len(levels)], First: at, Newest: at, LastStart: at, CredentialsGood: at, ChannelGood: at,
			Lines: []observation.AgentLogLine{{ID: id, Channel: channels[i%len(channels)], First: at, Last: at, Count: 1}},
		}
		got := redactedLog(t, log)
		if got.Level != log.Level || got.First != at || got.Newest != at || got.LastStart != at || got.CredentialsGood != at || got.ChannelGood != at || got.Lines[0] != log.Lines[0] {
			t.Errorf("%+v became %+v", log, got)
		}
	}
	for _, name := range []string{"zqvwk", "zqvwk-host", "uii-denied zqvwk", "zqvwk.corp.example", "2026-03-04 08:02:09 zqvwk", "zqvwk-03-04 08:02:09", "credentials zqvwk", "warn\nzqvwk"} {
		at := observation.LogTime(name)
		log := redactedLog(t, observation.AgentLog{
			Level: observation.AgentLogLevel(name), First: at, Newest: at, LastStart: at, CredentialsGood: at, ChannelGood: at,
			Lines: []observation.AgentLogLine{{ID: name, Channel: observation.AgentLogChannel(name), First: at, Last: at}},
		})
		l := log.Lines[0]
		for _, s := range []string{string(log.Level), string(log.First), string(log.Newest), string(log.LastStart), string(log.CredentialsGood), string(log.ChannelGood), l.ID, string(l.Channel), string(l.First), string(l.Last)} {
			if strings.Contains(s, "zqvwk") {
				t.Errorf("%q is left of %q", s, name)
			}
		}
	}
}

func redactedLog(t *testing.T, log observation.AgentLog) observation.AgentLog {
	t.Helper()
	copied, err := redact.New().Observations(&observation.Observations{Node: observation.Node{AgentLog: log}})
	if err != nil {
		t.Fatal(err)
	}
	return copied.Node.AgentLog
}
