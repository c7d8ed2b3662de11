package agent

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestAgent(t *testing.T) {
	const (
		binary = "usr/bin/amazon-ssm-agent"
		group  = "sys/fs/cgroup/system.slice/amazon-ssm-agent.service/cgroup.procs"
		link   = "run/systemd/units/invocation:amazon-ssm-agent.service"
		other  = "run/systemd/units/invocation:sshd.service"
		dpkg   = "var/lib/dpkg/status"
	)
	for _, test := range []struct {
		name   string
		files  map[string]string
		denied []string
		want   observation.Agent
	}{
		{
			name:  "none",
			files: map[string]string{"proc/1/comm": "systemd\n", "proc/7/comm": "sshd\n"},
			want:  observation.Agent{Installed: observation.No},
		},
		{
			name:  "none that a container shows",
			files: map[string]string{".dockerenv": "", "proc/1/comm": "bash\n"},
			want:  observation.Agent{From: []string{"a container does not show whether its host has an agent"}},
		},
		{
			name: "running, by its cgroup",
			files: map[string]string{
				binary: "", group: "812\n840\n", "proc/1/comm": "systemd\n", "proc/812/comm": "amazon-ssm-agen\n", "proc/840/comm": "ssm-agent-worke\n",
				dpkg: "Package: aaa\nStatus: install ok installed\nVersion: 1.2.3.4\n\n" +
					"Package: amazon-ssm-agent\nStatus: install ok installed\nPriority: extra\nVersion: 3.3.1142.0-1\n\nPackage: zzz\nVersion: 9\n",
			},
			want: observation.Agent{Installed: observation.Yes, Running: observation.Yes, Version: "3.3.1142.0", From: []string{"/" + binary, "/" + group, "/" + dpkg}},
		},
		{
			name:  "running, by its process",
			files: map[string]string{binary: "", "proc/1/comm": "systemd\n", "proc/99/comm": "amazon-ssm-agen\n"},
			want:  observation.Agent{Installed: observation.Yes, Running: observation.Yes, From: []string{"/" + binary, "/proc/99/comm"}},
		},
		{
			name:  "running, by its unit, where processes are hidden",
			files: map[string]string{binary: "", link: "-> 0123456789abcdef"},
			want:  observation.Agent{Installed: observation.Yes, Running: observation.Yes, From: []string{"/" + binary, "/" + link}},
		},
		{
			name:  "stopped, by the processes",
			files: map[string]string{binary: "", "proc/1/comm": "systemd\n", "proc/7/comm": "sshd\n"},
			want:  observation.Agent{Installed: observation.Yes, Running: observation.No, From: []string{"/" + binary, "no process of the agent is in /proc"}},
		},
		{
			name:  "waiting to be started again: the unit is kept, and no process is there",
			files: map[string]string{binary: "", link: "-> 0123456789abcdef", group: "", "proc/1/comm": "systemd\n"},
			want:  observation.Agent{Installed: observation.Yes, Running: observation.No, From: []string{"/" + binary, "no process of the agent is in /proc"}},
		},
		{
			name:  "stopped, by the units",
			files: map[string]string{binary: "", other: "-> 0123456789abcdef"},
			want:  observation.Agent{Installed: observation.Yes, Running: observation.No, From: []string{"/" + binary, "no unit of the agent is among the started ones in /run/systemd/units"}},
		},
		{
			name:   "hidden processes are not known",
			files:  map[string]string{binary: "", "proc/1/comm": "systemd\n", "proc/7/comm": "sshd\n"},
			denied: []string{"proc/1/comm"},
			want:   observation.Agent{Installed: observation.Yes, From: []string{"/" + binary}},
		},
		{
			name: "snap's",
			files: map[string]string{
				"snap/amazon-ssm-agent/current/amazon-ssm-agent":                                         "",
				"snap/amazon-ssm-agent/current/meta/snap.yaml":                                           "name: amazon-ssm-agent\nversion: 3.3.40.0\n",
				"sys/fs/cgroup/system.slice/snap.amazon-ssm-agent.amazon-ssm-agent.service/cgroup.procs": "5\n",
			},
			want: observation.Agent{Installed: observation.Yes, Running: observation.Yes, Version: "3.3.40.0", From: []string{
				"/snap/amazon-ssm-agent/current/amazon-ssm-agent",
				"/sys/fs/cgroup/system.slice/snap.amazon-ssm-agent.amazon-ssm-agent.service/cgroup.procs",
				"/snap/amazon-ssm-agent/current/meta/snap.yaml",
			}},
		},
		{
			name: "the rpm's release notes",
			files: map[string]string{
				binary: "", "proc/1/comm": "systemd\n",
				"etc/amazon/ssm/RELEASENOTES.md": "3.3.5226.0\n====\n- x\n\n3.3.4851.0\n",
			},
			want: observation.Agent{Installed: observation.Yes, Running: observation.No, Version: "3.3.5226.0", From: []string{
				"/" + binary, "no process of the agent is in /proc", "/etc/amazon/ssm/RELEASENOTES.md",
			}},
		},
		{
			name: "release notes whose first heading is another: the next one is the release before",
			files: map[string]string{
				binary: "", "proc/1/comm": "systemd\n",
				"etc/amazon/ssm/RELEASENOTES.md": "Latest\n====\n- x\n\n3.3.4851.0\n====\n- y\n",
			},
			want: observation.Agent{Installed: observation.Yes, Running: observation.No, From: []string{"/" + binary, "no process of the agent is in /proc"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := bareAgent(nil)
			p.Files = probetest.NodeFS{MapFS: probetest.Root(test.files), Denied: test.denied}
			got, _, _ := p.Agent()
			got.Hello = observation.AgentHello{} // see TestAgentHello
			probetest.Compare(t, test.want, got)
		})
	}
}

func TestVersionOfARemovedPackage(t *testing.T) {
	p := bareAgent(map[string]string{
		"var/lib/dpkg/status": "Package: amazon-ssm-agent\nStatus: deinstall ok config-files\nVersion: 3.3.1142.0-1\n",
	})
	if v, from := p.agentVersion(agentBinary{}); v != "" {
		t.Errorf("got %q from %s, want none", v, from)
	}
}
