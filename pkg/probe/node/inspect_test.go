package node

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestInspect(t *testing.T) {
	p := bareNode(map[string]string{
		"sys/class/dmi/id/sys_vendor":                     "Amazon EC2\n",
		"etc/resolv.conf":                                 "nameserver 10.0.0.53\n",
		"etc/hosts":                                       "127.0.0.1 localhost\n10.0.1.9 ssm.us-east-2.amazonaws.com\n10.0.1.10 ssm.corp.example\n",
		"etc/os-release":                                  "PRETTY_NAME='Debian'\n",
		"usr/bin/amazon-ssm-agent":                        "",
		"etc/amazon/ssm/amazon-ssm-agent.json":            `{"Ssm":{"Endpoint":"ssm.corp.example:8443"}}`,
		"usr/lib/systemd/system/amazon-ssm-agent.service": probetest.UnitText("https_proxy=http://proxy.example:3128"),
		"proc/1/comm":                                     "systemd\n",
		"proc/sys/kernel/hostname":                        "web-1\n",
	})
	prefix := netip.MustParsePrefix
	p.InterfacePrefixes = func() ([]netip.Prefix, error) {
		return []netip.Prefix{prefix("fd00::5/64"), prefix("127.0.0.1/8"), prefix("10.0.1.5/24")}, nil
	}
	got := p.Inspect(t.Context()).Node
	got.Arch, got.Agent.Hello = "", observation.AgentHello{}
	probetest.Compare(t, observation.Node{
		Hostname: "web-1", Kind: observation.NodeEC2, KindFrom: "/sys/class/dmi/id/sys_vendor: Amazon EC2", OS: "linux", OSVersion: "Debian",
		Addresses:       []netip.Prefix{prefix("10.0.1.5/24"), prefix("fd00::5/64")},
		MissingCommands: observation.Commands(), // /usr/bin has the agent alone
		Resolver:        observation.ResolverConfig{From: "/etc/resolv.conf", Servers: probetest.Ports("10.0.0.53:53")},
		Hosts: observation.HostsFile{Path: "/etc/hosts", Entries: []observation.HostsEntry{
			{Name: "ssm.us-east-2.amazonaws.com", Address: netip.MustParseAddr("10.0.1.9"), Line: 2},
			{Name: "ssm.corp.example", Address: netip.MustParseAddr("10.0.1.10"), Line: 3},
		}},
		Registration: observation.Registration{
			Path:    "/var/lib/amazon/ssm/registration",
			Failure: &observation.Failure{Op: observation.OpRead, Kind: observation.KindAbsent, Text: "/var/lib/amazon/ssm/registration: file does not exist"},
		},
		Agent: observation.Agent{
			Installed: observation.Yes, Running: observation.No, From: []string{"/usr/bin/amazon-ssm-agent", "no process of the agent is in /proc"},
			Config: observation.AgentConfig{Path: "/etc/amazon/ssm/amazon-ssm-agent.json", Endpoints: map[string]string{"ssm": "ssm.corp.example:8443"}},
		},
		Proxy: observation.ProxyConfig{From: "/usr/lib/systemd/system/amazon-ssm-agent.service", Known: observation.Yes, HTTPS: "http://proxy.example:3128"},
	}, got)
}

// A file that hangs (its file system is away) costs two seconds and its own
// part, and reads as not known.
func TestInspectNeverHangs(t *testing.T) {
	for _, name := range []string{
		"etc/resolv.conf", "etc/hosts", "var/lib/amazon/ssm/registration", "etc/amazon/ssm/amazon-ssm-agent.json",
		"usr/bin/amazon-ssm-agent", "sys/class/dmi/id/sys_vendor", "etc/os-release",
		"var/log/amazon/ssm/amazon-ssm-agent.log",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				files := probetest.Root(map[string]string{
					"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "etc/resolv.conf": "nameserver 10.0.0.53\n",
					"etc/hosts": "", "etc/os-release": "PRETTY_NAME=x\n", "usr/bin/amazon-ssm-agent": "",
					"var/lib/amazon/ssm/registration":      `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`,
					"etc/amazon/ssm/amazon-ssm-agent.json": `{}`, "var/log/amazon/ssm/amazon-ssm-agent.log": "",
				})
				p := bareNode(nil)
				hang := make(chan struct{})
				p.Files = probetest.HangingFS{MapFS: files, Name: name, Hang: hang}
				start := time.Now()
				got := p.Inspect(t.Context())
				if took := time.Since(start); took != inspectLimit {
					t.Errorf("took %s, want %s", took, inspectLimit)
				}
				unread := map[string]bool{
					"etc/resolv.conf":                      got.Resolver.Failure.Of(observation.KindTimeout),
					"etc/hosts":                            got.Hosts.Failure.Of(observation.KindTimeout),
					"var/lib/amazon/ssm/registration":      got.Registration.Failure.Of(observation.KindTimeout),
					"etc/amazon/ssm/amazon-ssm-agent.json": got.Agent.Config.Failure.Of(observation.KindTimeout),
					"usr/bin/amazon-ssm-agent":             got.Agent.Installed == observation.Unknown && got.Proxy.Known == observation.Unknown,
					"sys/class/dmi/id/sys_vendor":          got.Kind == observation.NodeUnknown,
					"etc/os-release":                       got.OSVersion == "",

					"var/log/amazon/ssm/amazon-ssm-agent.log": len(got.AgentLog.Files) == 1 && got.AgentLog.Files[0].Failure.Of(observation.KindTimeout),
				}
				if name == "etc/amazon/ssm/amazon-ssm-agent.json" {
					delete(unread, "etc/hosts") // read after it, for the names in it
				}
				for part, isUnread := range unread {
					if want := part == name; isUnread != want {
						t.Errorf("%s not known: %t, want %t", part, isUnread, want)
					}
				}
				close(hang)
				synctest.Wait()
			})
		})
	}
}

func TestInspectWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		p := bareNode(nil)
		p.Files = probetest.HangingFS{MapFS: probetest.Root(nil), Name: "etc/hosts", Hang: hang}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		p.Inspect(ctx)
		if took := time.Since(start); took != 50*time.Millisecond {
			t.Errorf("took %s, want the context's 50ms", took)
		}
	})
}
