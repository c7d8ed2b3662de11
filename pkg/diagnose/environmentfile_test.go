package diagnose

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestEnvironmentFileWins: a drop-in with Environment= does not change what an
// EnvironmentFile= sets, and the fix names the file if it is known.
func TestEnvironmentFileWins(t *testing.T) {
	unused := func(from string, kind observation.UnusedKind) []observation.UnusedProxy {
		return []observation.UnusedProxy{{Variable: "http_proxy", URL: "http://10.9.0.8:3128", From: from, Kind: kind}}
	}
	for _, test := range []struct {
		name, from string
		unused     []observation.UnusedProxy
		file       string // that must be named; empty: none is
		never      bool   // nothing is said of a file
	}{
		{"the unit", "/usr/lib/systemd/system/amazon-ssm-agent.service", nil, "", true},
		{"a drop-in", "/etc/systemd/system/amazon-ssm-agent.service.d/proxy.conf", nil, "", true},
		{"nothing is known", "", nil, "", false},
		{"the process", "/proc/812/environ, the agent's process", nil, "", false},
		{"a file", "/etc/default/agent", nil, "/etc/default/agent", false},
		{"a file whose values came too late", "/proc/812/environ, the agent's process", unused("/etc/agent.conf", observation.UnusedNotRestarted), "/etc/agent.conf", false},
		{"another unit's", "/proc/812/environ, the agent's process", unused("/etc/agent.conf", observation.UnusedOtherUnit), "", false},
	} {
		w := healthy()
		w.Node.Agent.Installed = observation.Yes
		w.Node.Proxy.From, w.Node.Proxy.Unused = test.from, test.unused
		f := newFacts(w.Observations)
		for how, steps := range map[string]string{
			"a proxy": f.setProxy(proxyAt, nil)[0], "a variable": f.setEnvironment([]string{"no_proxy=x"}, nil)[0],
		} {
			if strings.Contains(steps, "EnvironmentFile=") == test.never {
				t.Errorf("%s, %s: EnvironmentFile= is named: %t: %s", test.name, how, !test.never, steps)
			}
			if named := strings.Contains(steps, test.file+", an EnvironmentFile="); named != (test.file != "") {
				t.Errorf("%s, %s: the file %q is named: %t: %s", test.name, how, test.file, named, steps)
			}
		}
	}
}
