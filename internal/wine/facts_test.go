//go:build linux

package main

import (
	binaries "encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestFacts: the contents of the prefix's registry, disk and service manager are in the
// report.
func TestFacts(t *testing.T) {
	k := prepared(t)
	const (
		config  = "Program Files/Amazon/SSM/amazon-ssm-agent.json"
		data    = "ProgramData/Amazon/SSM/"
		rule    = servicesKey + `Dnscache\Parameters\DnsPolicyConfig\{0B4C}`
		service = `HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent\Environment`
		system  = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
		// Nobody listens there, which keeps the run short.
		proxy = "http://127.0.0.1:9"
	)
	for _, c := range []struct {
		name string
		// put sets the proxy.
		put  func(*installedAgent, windowsNode)
		from string
	}{
		{"the service's proxy", func(a *installedAgent, _ windowsNode) {
			a.environment = []string{"https_proxy=" + proxy, "http_proxy=" + proxy, "no_proxy=169.254.169.254"}
		}, service},
		{"the system's proxy", func(_ *installedAgent, n windowsNode) {
			key := `System\CurrentControlSet\Control\Session Manager\Environment`
			n.set(key, "HTTPS_PROXY", text(proxy))
			n.set(key, "NO_PROXY", text("169.254.169.254"))
		}, system},
		{"WinHTTP's proxy", func(_ *installedAgent, n windowsNode) {
			n.set(`Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`, "WinHttpSettings",
				binary(winHTTPSettings("https=127.0.0.1:9", "169.254.169.254")))
		}, "WinHTTP's settings"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := newNode()
			a := installedAgent{version: "3.3.1611.0", running: true}
			c.put(&a, n)
			if err := n.install(a, t.TempDir()); err != nil {
				t.Fatal(err)
			}
			n.set(rule, "Name", list(".corp.example", "host.example"))
			n.set(rule, "ConfigOptions", number(8))
			n.set(rule, "GenericDNSServers", text("10.20.0.2;10.20.1.2"))
			n.set(servicesKey+`Tcpip\Parameters`, "SearchList", text("corp.example,example.com"))
			n.set(`Software\Microsoft\Windows\CurrentVersion\Setup\State`, "ImageState", text("IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE"))
			n.files[config] = []byte(`{"Mds": {"Endpoint": "ec2messages.us-east-2.amazonaws.com"}}`)
			n.files[data+"registration"] = []byte(`{"ManagedInstanceID": "mi-0123456789abcdef0", "Region": "us-east-2"}`)
			for _, program := range []string{"amazon-ssm-agent", "ssm-agent-worker"} {
				n.files[data+"Logs/"+program+".log"] = []byte("2026-11-29 08:00:00.0000 ERROR [" + program + "] [HealthCheck] error when calling AWS APIs. error details - " +
					"RequestError: send request failed\ncaused by: Post \"https://ssm.us-east-2.amazonaws.com/\": dial tcp: lookup ssm.us-east-2.amazonaws.com: no such host\n")
			}
			node := t.TempDir()
			if err := n.write(node); err != nil {
				t.Fatal(err)
			}
			s, ok := scenarios.Find("dns-hosts-override")
			if !ok {
				t.Fatal("no such scenario")
			}
			o, err := k.run(t.Context(), filepath.Join(os.Getenv("SSMCHECK_BIN"), "ssmlab"), s, node)
			if err != nil {
				t.Fatal(err)
			}
			got := o.doc.Observations.Node
			const dns = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig\{0B4C}`
			for what, pair := range map[string][2]any{
				"system":       {got.OS, "windows"},
				"kind":         {got.Kind, observation.NodeEC2},
				"kind from":    {got.KindFrom, `HKLM\HARDWARE\DESCRIPTION\System\BIOS\SystemManufacturer: Amazon EC2`},
				"hosts":        {got.Hosts.Path, `C:\Windows\System32\drivers\etc\hosts`},
				"registration": {got.Registration.InstanceID, "mi-0123456789abcdef0"},
				"its path":     {got.Registration.Path, `C:\ProgramData\Amazon\SSM\registration`},
				"config":       {got.Agent.Config.Path, `C:\` + strings.ReplaceAll(config, "/", `\`)},
				"installed":    {got.Agent.Installed, observation.Yes},
				"running":      {got.Agent.Running, observation.Yes},
				"agent":        {got.Agent.Version, "3.3.1611.0"},
				"image state":  {got.Agent.ImageState, "IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE"},
				"proxy":        {got.Proxy.HTTPS, proxy},
				"proxy from":   {got.Proxy.From, c.from},
				"proxy known":  {got.Proxy.Known, observation.Yes},
				"no proxy":     {got.Proxy.No, "169.254.169.254"},
				"search":       {fmt.Sprint(got.Resolver.Search), "[corp.example example.com]"},
				"rules":        {fmt.Sprintf("%+v", got.Resolver.Rules), `[{From:` + dns + ` Namespaces:[.corp.example host.example] Servers:[10.20.0.2:53 10.20.1.2:53]}]`},
				"nameservers":  {fmt.Sprint(got.Resolver.Servers), "[10.0.0.2:53]"},
			} {
				if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
			if !regexp.MustCompile(`^10\.0\.[0-9]+$`).MatchString(got.OSVersion) {
				t.Errorf("version of Windows: %q", got.OSVersion)
			}
			if e := got.Hosts.Entries; len(e) != 1 || e[0].Address.String() != "10.0.9.9" {
				t.Errorf("hosts: %+v", e)
			}
			var logs []string
			for _, file := range got.AgentLog.Files {
				logs = append(logs, file.Path)
			}
			if diff := cmp.Diff([]string{`C:\ProgramData\Amazon\SSM\Logs\amazon-ssm-agent.log`, `C:\ProgramData\Amazon\SSM\Logs\ssm-agent-worker.log`}, logs); diff != "" {
				t.Errorf("logs (-want +got):\n%s", diff)
			}
			if lines := got.AgentLog.Lines; len(lines) != 1 || lines[0].File != logs[len(logs)-1] {
				t.Errorf("lines of the logs: %+v", lines)
			}
		})
	}
}

// winHTTPSettings returns what `netsh winhttp set proxy` writes: a header of three
// numbers, the last of which says that there is a proxy, and both texts, each after its
// length.
func winHTTPSettings(proxy, bypass string) []byte {
	var b []byte
	for _, n := range []uint32{0x18, 0, 2} {
		b = binaries.LittleEndian.AppendUint32(b, n)
	}
	for _, s := range []string{proxy, bypass} {
		b = binaries.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}
