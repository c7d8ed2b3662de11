package node

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestUnreadIsNotKnown goes through every file whose absence has a meaning: any failure leaves its
// fact unknown and says why, while a missing file is known to be absent.
func TestUnreadIsNotKnown(t *testing.T) {
	const agent, unit = "usr/bin/amazon-ssm-agent", "etc/systemd/system/amazon-ssm-agent.service"
	machine := map[string]string{
		"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/bios_version": "1.0\n",
		"etc/resolv.conf": "nameserver 10.0.0.2\n", "etc/hosts": "10.0.0.9 ssm.us-east-2.amazonaws.com\n",
		"var/lib/amazon/ssm/registration":      `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`,
		"etc/amazon/ssm/amazon-ssm-agent.json": `{}`,
	}
	systemd := map[string]string{
		agent: "", unit: "[Service]\nEnvironmentFile=-/etc/agent.env\nEnvironmentFile=-/etc/agent.d/*.env\n",
		unit + ".d/proxy.conf": "[Service]\nEnvironment=A=b\n", "etc/agent.env": "C=d\n", "etc/agent.d/a.env": "E=f\n",
		"etc/systemd/system.conf": "[Manager]\n", "etc/systemd/system.conf.d/a.conf": "[Manager]\n",
	}
	upstart := map[string]string{agent: "", "etc/init/amazon-ssm-agent.conf": "env A=b\n", "etc/init/amazon-ssm-agent.override": "env A=c\n"}
	processes := map[string]string{agent: "", "proc/1/comm": "init\n", "proc/77/comm": "other\n"}
	started := map[string]string{agent: "", "run/systemd/units/invocation:x": ""}

	// What a node says about one thing: that it exists, that it does not, or why that is not known.
	type answer struct {
		known observation.Known
		why   string
	}
	failure := func(f *observation.Failure) answer {
		switch {
		case f == nil:
			return answer{known: observation.Yes}
		case f.Of(observation.KindAbsent):
			return answer{known: observation.No}
		}
		return answer{why: f.Text}
	}
	kind := func(n observation.Node) answer {
		return map[observation.NodeKind]answer{observation.NodeEC2: {known: observation.Yes}, observation.NodeHybrid: {known: observation.No}, observation.NodeUnknown: {why: n.KindFrom}}[n.Kind]
	}
	container := func(n observation.Node) answer {
		switch {
		case n.Container != "":
			return answer{known: observation.Yes}
		case n.ContainerFailure != nil:
			return answer{why: n.ContainerFailure.Text}
		}
		return answer{known: observation.No}
	}
	installed := func(n observation.Node) answer { return answer{n.Agent.Installed, strings.Join(n.Agent.From, "\n")} }
	running := func(n observation.Node) answer { return answer{n.Agent.Running, ""} }
	proxy := func(n observation.Node) answer {
		// Known is Unknown if nothing exists that could set a proxy.
		return map[observation.Known]answer{observation.Yes: {known: observation.Yes}, observation.Unknown: {known: observation.No}, observation.No: {why: n.Proxy.From}}[n.Proxy.Known]
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		steps []string
		ask   func(observation.Node) answer
		// absent is what is known if the file does not exist.
		absent observation.Known
	}{
		{"etc/resolv.conf", machine, probetest.Anywhere, func(n observation.Node) answer { return failure(n.Resolver.Failure) }, observation.No},
		{"etc/hosts", machine, probetest.Anywhere, func(n observation.Node) answer { return failure(n.Hosts.Failure) }, observation.No},
		{"var/lib/amazon/ssm/registration", machine, probetest.Anywhere, func(n observation.Node) answer { return failure(n.Registration.Failure) }, observation.No},
		{"etc/amazon/ssm/amazon-ssm-agent.json", machine, probetest.Anywhere, func(n observation.Node) answer { return failure(n.Agent.Config.Failure) }, observation.No},
		{"sys/class/dmi/id/sys_vendor", machine, probetest.Anywhere, kind, observation.No},
		{".dockerenv", map[string]string{".dockerenv": ""}, []string{"stat"}, container, observation.No},
		{"run/.containerenv", map[string]string{"run/.containerenv": ""}, []string{"stat"}, container, observation.No},
		{"run/systemd/container", map[string]string{"run/systemd/container": "docker\n"}, probetest.Anywhere, container, observation.No},
		{"proc/1/cgroup", map[string]string{"proc/1/cgroup": "0::/docker/1\n"}, probetest.Anywhere, container, observation.No},
		{agent, map[string]string{agent: ""}, []string{"stat"}, installed, observation.No},
		{agent, map[string]string{agent: ""}, []string{"stat"}, proxy, observation.Yes}, // none is installed: this shell's
		{".dockerenv", map[string]string{".dockerenv": ""}, []string{"stat"}, installed, observation.No},
		{"proc/77/comm", processes, probetest.Anywhere, running, observation.No},
		{"proc", processes, []string{"open", "read"}, running, observation.Unknown},
		{"run/systemd/units", started, []string{"stat"}, running, observation.Unknown},
		{"run/systemd/units/invocation:amazon-ssm-agent.service", started, []string{"stat"}, running, observation.No},
		{".dockerenv", started, []string{"stat"}, running, observation.No},
		{unit, systemd, probetest.Anywhere, proxy, observation.No},
		{unit + ".d/proxy.conf", systemd, probetest.Anywhere, proxy, observation.Yes},
		{unit + ".d", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/agent.env", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/agent.d", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/agent.d/a.env", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/systemd/system.conf", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/systemd/system.conf.d", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/systemd/system.conf.d/a.conf", systemd, probetest.Anywhere, proxy, observation.Yes},
		{"etc/init/amazon-ssm-agent.conf", upstart, probetest.Anywhere, proxy, observation.Yes},
		{"etc/init/amazon-ssm-agent.override", upstart, probetest.Anywhere, proxy, observation.Yes},
	} {
		t.Run(test.name, func(t *testing.T) {
			ask := func(step string, err error) answer {
				p := bareNode(nil)
				p.Files = probetest.FailingFS{MapFS: probetest.Root(test.files), Name: test.name, Step: step, Err: err}
				return test.ask(p.Inspect(t.Context()).Node)
			}
			for _, step := range test.steps {
				for _, err := range probetest.Unreadable {
					got := ask(step, err)
					if got.known != observation.Unknown || got.why != "" && !strings.Contains(got.why, "/"+test.name+": ") {
						t.Errorf("%s: %v: known is %q, by %q; want not known, by the file", step, err, got.known, got.why)
					}
				}
			}
			for _, err := range []error{fs.ErrNotExist, syscall.ENOENT, syscall.ENOTDIR} {
				if got := ask(test.steps[0], err); got.known != test.absent {
					t.Errorf("%v: known is %q, want %q: %s", err, got.known, test.absent, got.why)
				}
			}
		})
	}
}
