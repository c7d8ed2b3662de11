package agent

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestProxyOfTheService(t *testing.T) {
	const (
		binary = "usr/bin/amazon-ssm-agent"
		unit   = "usr/lib/systemd/system/amazon-ssm-agent.service"
		dropIn = "etc/systemd/system/amazon-ssm-agent.service.d/override.conf"
		group  = "sys/fs/cgroup/system.slice/amazon-ssm-agent.service/cgroup.procs"
	)
	running := map[string]string{
		binary: "", group: "812\n", "proc/812/comm": "amazon-ssm-agen\n",
		"proc/812/environ": "PATH=/bin\x00https_proxy=http://one.example:3128\x00HTTPS_PROXY=http://u:secret@two.example:3128\x00NO_PROXY=169.254.169.254\x00broken",
		unit:               "[Service]\n",
		dropIn:             probetest.UnitText("https_proxy=http://new.example:8080"),
	}
	for _, test := range []struct {
		name   string
		files  map[string]string
		denied []string
		env    map[string]string
		want   observation.ProxyConfig
	}{
		{
			name: "no agent: the environment of ssmcheck",
			env:  map[string]string{"HTTPS_PROXY": "proxy.example:3128", "no_proxy": "169.254.169.254"},
			files: map[string]string{
				"proc/1/comm": "systemd\n",
			},
			want: observation.ProxyConfig{
				From: "ssmcheck's own environment, as no agent is installed", Known: observation.Yes,
				HTTPS: "proxy.example:3128", No: "169.254.169.254", ShellHTTPS: "proxy.example:3128", ShellNo: "169.254.169.254",
			},
		},
		{
			name:  "the running process, upper case first as Go has it",
			files: running,
			env:   map[string]string{"https_proxy": "http://shell.example:3128"},
			want: observation.ProxyConfig{
				From: "/proc/812/environ, the agent's process", Known: observation.Yes,
				HTTPS: "http://u:***@two.example:3128", No: "169.254.169.254", ShellHTTPS: "http://shell.example:3128",
			},
		},
		{
			name:   "the process may not be read, so its unit",
			files:  running,
			denied: []string{"proc/812/environ"},
			want:   observation.ProxyConfig{From: "/" + dropIn, Known: observation.Yes, HTTPS: "http://new.example:8080"},
		},
		{
			name:   "neither may be read: not known",
			files:  running,
			denied: []string{"proc/812/environ", dropIn},
			want:   observation.ProxyConfig{From: "/" + dropIn + ": permission denied", Known: observation.No},
		},
		{
			name:  "no proxy is known to be none",
			files: map[string]string{binary: "", unit: "[Service]\n", "proc/1/comm": "systemd\n"},
			want:  observation.ProxyConfig{From: "/" + unit, Known: observation.Yes},
		},
		{
			name:  "nothing tells",
			files: map[string]string{binary: ""},
			want:  observation.ProxyConfig{From: "no configuration of the agent's service is found"},
		},
		{
			name: "upstart",
			files: map[string]string{
				binary: "", "etc/init/amazon-ssm-agent.conf": "respawn\n",
				"etc/init/amazon-ssm-agent.override": "env https_proxy=http://up.example:3128\nenv no_proxy=\"169.254.169.254\"\n",
			},
			want: observation.ProxyConfig{From: "/etc/init/amazon-ssm-agent.override", Known: observation.Yes, HTTPS: "http://up.example:3128", No: "169.254.169.254"},
		},
		{
			name:  "http_proxy is for metadata too, unless no_proxy says not",
			files: map[string]string{binary: "", unit: probetest.UnitText("http_proxy=http://plain.example:3128 https_proxy=http://plain.example:3128")},
			want: observation.ProxyConfig{
				From: "/" + unit, Known: observation.Yes, HTTPS: "http://plain.example:3128", HTTP: "http://plain.example:3128",
				Metadata: "http://plain.example:3128",
			},
		},
		{
			name: "a no_proxy that is too long to apply: not known, and not the half of it",
			files: map[string]string{
				binary: "", unit: "[Service]\nEnvironmentFile=/etc/agent.env\n",
				"etc/agent.env": "HTTPS_PROXY=http://one.example:3128\nNO_PROXY=" + strings.Repeat("a,", 20_000) + "\n",
			},
			want: observation.ProxyConfig{From: "/etc/agent.env", Incomplete: "/etc/agent.env: no_proxy has more than 32 KiB"},
		},
		{
			name: "a long one",
			env:  map[string]string{"HTTPS_PROXY": "http://one.example:3128", "no_proxy": probetest.LongNoProxy + ",169.254.169.254"},
			files: map[string]string{
				"proc/1/comm": "systemd\n",
			},
			want: observation.ProxyConfig{
				From: "ssmcheck's own environment, as no agent is installed", Known: observation.Yes,
				HTTPS: "http://one.example:3128", No: probetest.LongNoProxy[:observation.MaxNoProxy],
				ShellHTTPS: "http://one.example:3128", ShellNo: probetest.LongNoProxy[:observation.MaxNoProxy],
			},
		},
		{
			name: "a process of too many variables: not known, whatever its unit says",
			files: map[string]string{
				binary: "", group: "812\n", "proc/812/comm": "amazon-ssm-agen\n", "proc/812/environ": strings.Repeat("A=1\x00", 70_000),
				unit: probetest.UnitText("https_proxy=http://one.example:3128"),
			},
			want: observation.ProxyConfig{From: "/proc/812/environ", Incomplete: "/proc/812/environ: more than 256 KiB"},
		},
		{
			name: "an upstart job that is too long",
			files: map[string]string{
				binary: "", "etc/init/amazon-ssm-agent.conf": "env https_proxy=http://up.example:3128\n" + vastDropIn + vastDropIn,
			},
			want: observation.ProxyConfig{From: "/etc/init/amazon-ssm-agent.conf", Incomplete: "/etc/init/amazon-ssm-agent.conf: more than 256 KiB"},
		},
		{
			name: "drop-ins that are more than is read: not known",
			files: map[string]string{
				binary: "", unit: probetest.UnitText("https_proxy=http://one.example:3128"), dropIn: vastDropIn,
				"etc/systemd/system/service.d/a.conf": vastDropIn, "etc/systemd/system/service.d/z.conf": probetest.UnitText("https_proxy="),
			},
			want: observation.ProxyConfig{From: "/" + unit, Incomplete: "/" + dropIn + ": more than 256 KiB, with the rest of the unit"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := bareAgent(nil)
			p.Files = probetest.NodeFS{MapFS: probetest.Root(test.files), Denied: test.denied}
			p.Getenv = func(name string) string { return test.env[name] }
			_, got, _ := p.Agent()
			probetest.Compare(t, test.want, got.ProxyConfig)
		})
	}
}

// vastDropIn is so large that there is room for only one.
var vastDropIn = "[Service]\n" + strings.Repeat("# a comment\n", 15_000)
