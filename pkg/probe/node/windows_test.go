package node

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/internal/winapi"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// windowsNode is a Windows server in which the agent is set up: its registry is
// testdata/windows.reg, as `reg export` writes it.
func windowsNode(t *testing.T) (probetest.Windows, map[string]string) {
	t.Helper()
	b, err := os.ReadFile("testdata/windows.reg")
	if err != nil {
		t.Fatal(err)
	}
	w := probetest.Windows{
		Registry: probetest.Registry(t, string(b)),
		Services: map[string]winapi.ServiceState{"AmazonSSMAgent": {}},
		Versions: map[string]string{`C:\Program Files\Amazon\SSM\amazon-ssm-agent.exe`: "3.3.1142.0"},
		Number:   "10.0.20348",
		Network: []winapi.Adapter{
			{Name: "Loopback", Loopback: true, Gateway: true, Servers: []netip.Addr{netip.MustParseAddr("127.0.0.1")}},
			{Name: "VPN", MetricIPv4: 35, Gateway: true, Suffix: "vpn.example.com", Servers: []netip.Addr{netip.MustParseAddr("10.8.0.1")}},
			{Name: "Ethernet", MetricIPv4: 15, MetricIPv6: 25, Gateway: true, Servers: []netip.Addr{netip.MustParseAddr("10.0.0.53"), netip.MustParseAddr("fec0:0:0:ffff::1%3")}},
			{Name: "vEthernet", MetricIPv4: 5, Servers: []netip.Addr{netip.MustParseAddr("192.168.9.1")}},
		},
	}
	return w, map[string]string{
		"Program Files/Amazon/SSM/amazon-ssm-agent.exe":  "MZ",
		"Program Files/Amazon/SSM/amazon-ssm-agent.json": `{"Mds":{"Endpoint":"ec2messages.us-east-2.amazonaws.com"}}`,
		"ProgramData/Amazon/SSM/registration":            `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`,
		"ProgramData/Amazon/SSM/Logs/ssm-agent-worker.log": "2026-11-29 08:00:00.0000 ERROR [ssm-agent-worker] [HealthCheck] error when calling AWS APIs. error details - " +
			"RequestError: send request failed\ncaused by: Post \"https://ssm.us-east-2.amazonaws.com/\": dial tcp: lookup ssm.us-east-2.amazonaws.com: no such host\n",
		"Windows/System32/drivers/etc/hosts": "# hosts\r\n10.1.2.3\tssm.us-east-2.amazonaws.com\r\n",
	}
}

func inspectWindows(t *testing.T, w winapi.System, tree map[string]string) Local {
	t.Helper()
	m := files.Machine{Files: probetest.Root(tree), OS: "windows", Windows: w, Getenv: func(string) string { return "" }}
	return NewReader(m, nil, func() ([]netip.Prefix, error) { return nil, nil }).Inspect(context.Background())
}

func addrPorts(list ...string) (out []netip.AddrPort) {
	for _, s := range list {
		out = append(out, netip.AddrPortFrom(netip.MustParseAddr(s), 53))
	}
	return out
}

// TestInspectWindows inspects a Windows node by its files and its registry.
func TestInspectWindows(t *testing.T) {
	n := inspectWindows(t, firstOf(windowsNode(t)), secondOf(windowsNode(t)))
	const client = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig\`
	probetest.Compare(t, observation.ResolverConfig{
		From: "GetAdaptersAddresses", Servers: addrPorts("10.0.0.53", "10.8.0.1"), Search: []string{"corp.example.com", "example.com"},
		Adapters: []observation.Adapter{
			{Name: "vEthernet", MetricIPv4: 5, Servers: addrPorts("192.168.9.1")},
			{Name: "Ethernet", MetricIPv4: 15, MetricIPv6: 25, Gateway: true, Servers: addrPorts("10.0.0.53")},
			{Name: "VPN", MetricIPv4: 35, Gateway: true, Suffix: "vpn.example.com", Servers: addrPorts("10.8.0.1")},
		},
		Rules: []observation.NameRule{
			{From: client + "{0b4c}", Namespaces: []string{".amazonaws.com", ".api.aws"}, Servers: addrPorts("10.20.0.2", "10.20.1.2")},
			{From: client + "{7f21}", Namespaces: []string{"s3.us-east-2.amazonaws.com"}},
		},
	}, n.Resolver)
	for what, pair := range map[string][2]any{
		"kind":         {n.Kind, observation.NodeEC2},
		"kind from":    {n.KindFrom, `HKLM\HARDWARE\DESCRIPTION\System\BIOS\SystemManufacturer: Amazon EC2`},
		"version":      {n.OSVersion, "10.0.20348"},
		"hosts":        {n.Hosts.Path, `C:\Windows\System32\drivers\etc\hosts`},
		"registration": {n.Registration.InstanceID, "mi-0123456789abcdef0"},
		"path":         {n.Registration.Path, `C:\ProgramData\Amazon\SSM\registration`},
		"config":       {n.Agent.Config.Path, `C:\Program Files\Amazon\SSM\amazon-ssm-agent.json`},
		"installed":    {n.Agent.Installed, observation.Yes},
		"running":      {n.Agent.Running, observation.No},
		"agent":        {n.Agent.Version, "3.3.1142.0"},
		"image state":  {n.Agent.ImageState, "IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE"},
		"GODEBUG":      {n.Agent.Hello.GODEBUG, "tlsmlkem=0"},
		"proxy":        {n.Proxy.HTTPS, "http://jo:***@proxy.example.com:3128"},
		"proxy from":   {n.Proxy.From, `HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent\Environment`},
		"no proxy":     {n.Proxy.No, "169.254.169.254"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if len(n.Hosts.Entries) != 1 || n.Hosts.Entries[0].Line != 2 {
		t.Errorf("hosts: %v", n.Hosts.Entries)
	}
	if len(n.AgentLog.Lines) != 1 || n.AgentLog.Lines[0].File != `C:\ProgramData\Amazon\SSM\Logs\ssm-agent-worker.log` {
		t.Errorf("log: %+v", n.AgentLog)
	}
}

func firstOf(w probetest.Windows, _ map[string]string) probetest.Windows { return w }

func secondOf(_ probetest.Windows, tree map[string]string) map[string]string { return tree }

// TestWindowsProxyOrder: of the places of a proxy the first that names one decides, as
// for the agent.
func TestWindowsProxyOrder(t *testing.T) {
	const (
		service  = `HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent`
		system   = `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`
		local    = `HKU\S-1-5-18\Environment`
		internet = `HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	)
	w, tree := windowsNode(t)
	for _, step := range []struct {
		name         string
		change       func()
		https, from  string
		known        observation.Known
		withoutProxy string
	}{
		{"the service's", func() {}, "http://jo:***@proxy.example.com:3128", service + `\Environment`, observation.Yes, "169.254.169.254"},
		{"the system's", func() { delete(w.Registry, strings.ToLower(service)) }, "http://system.example.com:8080", system, observation.Yes, "local.example.com"},
		{"LocalSystem's", func() {
			delete(w.Registry, strings.ToLower(system))
			w.Registry[strings.ToLower(local)]["https_proxy"] = "http://local.example.com:1"
		}, "http://local.example.com:1", local, observation.Yes, "local.example.com"},
		// A proxy without a scheme counts for http:// alone.
		{"Internet Explorer's", func() {
			delete(w.Registry, strings.ToLower(local))
			w.Registry[strings.ToLower(internet)]["proxyserver"] = "http=h.example.com:1;https=ie.example.com:8080"
			w.Registry[strings.ToLower(internet)]["proxyoverride"] = "<local>;169.254.169.254"
		}, "http://ie.example.com:8080", internet, observation.Yes, "169.254.169.254"},
		{"WinHTTP's", func() {
			w.Registry[strings.ToLower(internet)]["proxyenable"] = uint64(0)
			w.Proxy, w.Bypass = "https=winhttp.example.com:9", "x.example.com"
		}, "http://winhttp.example.com:9", "WinHTTP's settings", observation.Yes, "x.example.com"},
		{"a key that may not be read", func() { w.Denied = []string{system} }, "http://winhttp.example.com:9", system + ": permission denied", observation.No, "x.example.com"},
	} {
		step.change()
		p := inspectWindows(t, w, tree).Proxy
		if p.HTTPS != step.https || !strings.HasPrefix(p.From, step.from) || p.Known != step.known || p.No != step.withoutProxy {
			t.Errorf("%s: %q from %q, known %q, but not for %q", step.name, p.HTTPS, p.From, p.Known, p.No)
		}
	}
}

// TestWindowsAgentState: the agent's state in the Service Control Manager.
func TestWindowsAgentState(t *testing.T) {
	w, tree := windowsNode(t)
	key := strings.ToLower(`HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent`)
	setup := strings.ToLower(`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State`)
	for _, step := range []struct {
		change  func()
		running observation.Known
		from    string
	}{
		{func() {}, observation.No, "is stopped"},
		{func() { w.Registry[key]["start"] = uint64(4) }, observation.No, "is stopped, and disabled"},
		{func() { w.Services["AmazonSSMAgent"] = winapi.ServiceState{Running: true} }, observation.Yes, "runs"},
		{func() { w.Services["AmazonSSMAgent"] = winapi.ServiceState{Starting: true} }, observation.No, "is starting"},
		{func() { delete(w.Registry, setup) }, observation.Yes, "runs"},
		{func() { w.Services = nil }, observation.No, "does not exist"},
	} {
		step.change()
		a := inspectWindows(t, w, tree).Agent
		if a.Running != step.running || a.Starting != (step.from == "is starting") || !slices.Contains(a.From, "the service AmazonSSMAgent "+step.from) {
			t.Errorf("running %q by %q, want %q: %s", a.Running, a.From, step.running, step.from)
		}
	}
}

// TestWindowsNameSettings: a group policy counts instead of the machine's own settings,
// and without a list of suffixes the domains do.
func TestWindowsNameSettings(t *testing.T) {
	const (
		policy = `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`
		tcpip  = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
		client = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig`
	)
	w, _ := windowsNode(t)
	delete(w.Registry[strings.ToLower(tcpip)], "searchlist")
	if got := windowsNameservers(w).Search; !slices.Equal(got, []string{"ad.example.com", "vpn.example.com"}) {
		t.Errorf("search %q", got)
	}
	w.Registry[strings.ToLower(policy)] = map[string]any{"searchlist": "gpo.example.com", "nameserver": "10.3.0.1 10.3.0.2"}
	w.Registry[strings.ToLower(policy+`\DnsPolicyConfig\{1}`)] = map[string]any{"name": []string{"."}, "configoptions": uint64(8), "genericdnsservers": "10.3.0.9"}
	got := windowsNameservers(w)
	if !slices.Equal(got.Search, []string{"gpo.example.com"}) || !slices.Equal(got.Servers, addrPorts("10.3.0.1", "10.3.0.2")) || got.From != policy+`\NameServer` {
		t.Errorf("by policy: %+v", got)
	}
	if len(got.Rules) != 1 || !slices.Equal(got.Rules[0].Servers, addrPorts("10.3.0.9")) {
		t.Errorf("rules %+v", got.Rules)
	}
	w.Registry[strings.ToLower(policy+`\DnsPolicyConfig`)] = map[string]any{}
	delete(w.Registry, strings.ToLower(policy+`\DnsPolicyConfig\{1}`))
	if got := windowsNameservers(w); len(got.Rules) != 0 || got.Incomplete != "" {
		t.Errorf("a policy without rules: %+v, %q", got.Rules, got.Incomplete)
	}
	w, _ = windowsNode(t)
	w.Denied = []string{client}
	if got := windowsNameservers(w); !strings.Contains(got.Incomplete, "Name Resolution Policy Table") || got.Failure != nil {
		t.Errorf("a table that may not be read: %+v", got)
	}
}

// TestNameRules: a rule that cannot be read does not affect others, and of a long table, what
// concerns AWS's names is kept. The result says what is missing.
func TestNameRules(t *testing.T) {
	const client = `hklm\system\currentcontrolset\services\dnscache\parameters\dnspolicyconfig\`
	names := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf(".d%d.example.com", i))
		}
		return list
	}
	rule := func(names ...string) map[string]any {
		return map[string]any{"name": names, "configoptions": uint64(8), "genericdnsservers": "10.3.0.9"}
	}
	long := map[string]map[string]any{client + "z": rule(".amazonaws.com")}
	for i := range maxRules {
		long[client+fmt.Sprintf("r%02d", i)] = rule(".example.com")
	}
	tooLong := map[string]map[string]any{}
	for i := range maxRuleKeys + 1 {
		tooLong[client+fmt.Sprintf("r%04d", i)] = map[string]any{}
	}
	aws := rule(".amazonaws.com")
	for what, test := range map[string]struct {
		registry map[string]map[string]any
		denied   string
		kept     int
		missing  string
	}{
		"a rule without names":         {map[string]map[string]any{client + "a": {"version": uint64(1)}, client + "b": aws}, "", 1, ""},
		"a rule that may not be read":  {map[string]map[string]any{client + "a": aws, client + "b": aws}, client + "a", 1, "was not read whole: a: "},
		"names of another type":        {map[string]map[string]any{client + "a": {"name": "x"}, client + "b": aws}, "", 1, "was not read whole: a: "},
		"options of another type":      {map[string]map[string]any{client + "a": {"name": names(1), "configoptions": "8"}, client + "b": aws}, "", 1, "was not read whole: a: "},
		"servers of another type":      {map[string]map[string]any{client + "a": {"name": names(1), "configoptions": uint64(8), "genericdnsservers": names(1)}, client + "b": aws}, "", 1, "was not read whole: a: "},
		"as many names as Windows has": {map[string]map[string]any{client + "a": rule(append(names(49), ".amazonaws.com")...)}, "", 1, ""},
		"more names than are kept":     {map[string]map[string]any{client + "a": rule(append(names(maxNamespaces), ".amazonaws.com")...)}, "", 1, "of a not every name"},
		"more rules than are kept":     {long, "", maxRules, "not every rule"},
		"more rules than are read":     {tooLong, "", 0, "not read to its end"},
	} {
		w := probetest.Windows{Registry: test.registry}
		if test.denied != "" {
			w.Denied = []string{clientKey + rulesKey + `\` + strings.TrimPrefix(test.denied, client)}
		}
		got := windowsNameservers(w)
		if len(got.Rules) != test.kept || test.kept > 0 && got.RuleFor("ssm.us-east-2.amazonaws.com") == nil {
			t.Errorf("%s: %+v", what, got.Rules)
		}
		if !strings.Contains(got.Incomplete, test.missing) || test.missing == "" && got.Incomplete != "" {
			t.Errorf("%s: incomplete: %q, want %q", what, got.Incomplete, test.missing)
		}
	}
}

// TestInspectDarwin: /etc/resolver has nameservers for single domains, the options in resolv.conf do
// not count, and what only scutil shows is not known.
func TestInspectDarwin(t *testing.T) {
	m := files.Machine{OS: "darwin", Getenv: func(string) string { return "" }, Files: probetest.Root(map[string]string{
		"etc/resolv.conf":                      "search corp.example.com\nnameserver 10.0.0.53\noptions use-vc rotate\n",
		"etc/nsswitch.conf":                    "hosts: files\n",
		"etc/resolver/amazonaws.com":           "# the VPC\nnameserver 10.20.0.2\nnameserver 10.20.1.2\nport 5353\n",
		"etc/resolver/x":                       "domain API.aws.\nnameserver 10.20.0.3\n",
		"etc/resolver/empty":                   "options timeout:1\n",
		"opt/aws/ssm/bin/amazon-ssm-agent":     "",
		"opt/aws/ssm/data/registration":        `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2"}`,
		"var/log/amazon/ssm/x.log":             "",
		"opt/aws/ssm/amazon-ssm-agent.json":    `{`,
		"etc/amazon/ssm/amazon-ssm-agent.json": `{}`,
	})}
	n := NewReader(m, nil, func() ([]netip.Prefix, error) { return nil, nil }).Inspect(context.Background())
	if !strings.Contains(n.Resolver.Incomplete, "scutil --dns was not asked") {
		t.Errorf("incomplete: %q", n.Resolver.Incomplete)
	}
	n.Resolver.Incomplete = ""
	probetest.Compare(t, observation.ResolverConfig{
		From: "/etc/resolv.conf", Servers: addrPorts("10.0.0.53"), Search: []string{"corp.example.com"},
		Rules: []observation.NameRule{
			{From: "/etc/resolver/amazonaws.com", Namespaces: []string{".amazonaws.com", "amazonaws.com"}, Servers: []netip.AddrPort{netip.MustParseAddrPort("10.20.0.2:5353"), netip.MustParseAddrPort("10.20.1.2:5353")}},
			{From: "/etc/resolver/x", Namespaces: []string{".api.aws", "api.aws"}, Servers: addrPorts("10.20.0.3")},
		},
	}, n.Resolver)
	if n.Agent.Installed != observation.Yes || n.Registration.InstanceID != "mi-0123456789abcdef0" || n.Agent.Config.Path != "/opt/aws/ssm/amazon-ssm-agent.json" || !n.Agent.Config.Failure.Of(observation.KindSyntax) {
		t.Errorf("agent %+v, registration %+v", n.Agent, n.Registration)
	}
}

// TestInspectDarwinFiles: that a directory has more files than are read is said.
func TestInspectDarwinFiles(t *testing.T) {
	for _, n := range []int{maxRules, maxRules + 1} {
		tree := map[string]string{}
		for i := range n {
			tree[fmt.Sprintf("etc/resolver/d%02d.example.com", i)] = "nameserver 10.20.0.2\n"
		}
		m := files.Machine{OS: "darwin", Getenv: func(string) string { return "" }, Files: probetest.Root(tree)}
		r := NewReader(m, nil, func() ([]netip.Prefix, error) { return nil, nil }).Inspect(context.Background()).Resolver
		if len(r.Rules) != maxRules || strings.Contains(r.Incomplete, "more files") != (n > maxRules) {
			t.Errorf("%d files: %d rules, incomplete: %q", n, len(r.Rules), r.Incomplete)
		}
	}
}
