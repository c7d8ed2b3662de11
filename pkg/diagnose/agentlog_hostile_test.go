package diagnose

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A log, or a saved report, contains whatever somebody wrote there: it is quoted and
// bounded wherever it is shown, and never part of a command or a title.
func TestAgentLog_hostile(t *testing.T) {
	const longest = 2500 // a line: a meaning and five values, each at most 200 bytes of up to 4 letters
	for name, hostile := range map[string]string{
		"escape sequence": "\x1b[31mreboot\x1b[0m\x07", "newlines": "a\nreboot\r\nb", "backquotes": "`reboot`", "a long word": strings.Repeat("reboot", 2000),
		"a command": "'; reboot #", "letters that turn": "\u202ereboot\u2066", "no text": "reboot\xff\xfe", "Markdown": "[reboot](http://x) <b>",
	} {
		for i, id := range strings.Fields(observation.AgentLogIDs) {
			for _, channel := range []observation.AgentLogChannel{observation.LogMessages, observation.AgentLogChannel(hostile)} {
				w := healthy()
				w.Node.OS = []string{"linux", "windows"}[i%2]
				w.Node.Agent.Installed = observation.Yes
				l := w.logs(id, channel, 4)
				at := observation.LogTime(hostile)
				l.Action, l.Host, l.Server, l.Address, l.Detail, l.File, l.First, l.Last = hostile, hostile, hostile, hostile, hostile, hostile, at, at
				log := &w.Node.AgentLog
				log.First, log.Newest, log.LastStart, log.ChannelGood, log.CredentialsGood, log.Worker = at, at, at, at, at, observation.No
				log.Level, log.Written, log.Version = observation.AgentLogLevel(hostile), w.StartedAt, hostile
				log.Files = []observation.AgentLogFile{
					{Path: hostile, Failure: &observation.Failure{Kind: observation.KindUnreadable, Text: hostile}},
					{Path: hostile, Failure: &observation.Failure{Kind: observation.KindDenied, Text: hostile}},
				}
				for _, old := range []bool{false, true} {
					if old {
						log.Written = log.Written.Add(-2 * freshLog)
					}
					r := Judge(w.Observations)
					for _, f := range r.Findings {
						if !strings.HasPrefix(string(f.Code), "agent-") {
							t.Errorf("%s, %s: %s", name, id, f.Code)
						}
						if strings.Contains(strings.Join(append(slices.Clone(f.Fix), f.Title), "\n"), "reboot") {
							t.Errorf("%s, %s: %q, %q", name, id, f.Title, f.Fix)
						}
						for _, line := range slices.Concat([]string{f.Title}, f.Evidence, f.Fix) {
							isShown(t, line, longest)
							if strings.Contains(line, "`reboot") {
								t.Errorf("%s, %s: a command stands in %q", name, id, line)
							}
						}
						for _, line := range f.Confirm {
							isShown(t, line, longest)
						}
					}
					for _, line := range r.Notes {
						isShown(t, line, longest)
					}
				}
			}
		}
	}
}

// isShown checks a line for what must not be in a report.
func isShown(t *testing.T, line string, longest int) {
	t.Helper()
	if len(line) > longest || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		t.Fatalf("%d bytes: %q", len(line), line[:min(len(line), 300)])
	}
}

// A well-formed value is shown as it is.
func TestAgentLog_plainValues(t *testing.T) {
	for _, test := range []struct {
		line observation.AgentLogLine
		want string
	}{
		{observation.AgentLogLine{ID: "uii-denied", Action: "UpdateInstanceInformation"}, "(ssm:UpdateInstanceInformation)"},
		{observation.AgentLogLine{ID: "vpce-policy", Action: "ssm:UpdateInstanceInformation"}, "(ssm:UpdateInstanceInformation)"},
		{observation.AgentLogLine{ID: "dns-nxdomain", Host: "ssm.us-east-2.amazonaws.com", Server: "10.0.0.2:53"}, "(ssm.us-east-2.amazonaws.com, 10.0.0.2:53)"},
		{observation.AgentLogLine{ID: "tcp-timeout", Address: "[2001:db8::1]:443"}, "([2001:db8::1]:443)"},
		{observation.AgentLogLine{ID: "ws-status", Detail: "403"}, `("403")`},
		{observation.AgentLogLine{ID: "tcp-timeout", Address: "[fe80::1%`reboot`]:443"}, `("[fe80::1%'reboot']:443")`},
		{observation.AgentLogLine{ID: "disk-full"}, "the disk is full"},
	} {
		w := healthy()
		w.Node.AgentLog.Lines = []observation.AgentLogLine{test.line}
		lines := newFacts(w.Observations).logged()
		if len(lines) != 1 || !strings.HasSuffix(lines[0].say(), test.want) {
			t.Errorf("%+v: %q, want the end %q", test.line, lines[0].say(), test.want)
		}
	}
}
