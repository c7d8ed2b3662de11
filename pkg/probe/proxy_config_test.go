package probe

import (
	"encoding/json"
	"strings"
	"testing"

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
		dropIn:             unitText("https_proxy=http://new.example:8080"),
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
			files: map[string]string{binary: "", unit: unitText("http_proxy=http://plain.example:3128 https_proxy=http://plain.example:3128")},
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
			env:  map[string]string{"HTTPS_PROXY": "http://one.example:3128", "no_proxy": longNoProxy + ",169.254.169.254"},
			files: map[string]string{
				"proc/1/comm": "systemd\n",
			},
			want: observation.ProxyConfig{
				From: "ssmcheck's own environment, as no agent is installed", Known: observation.Yes,
				HTTPS: "http://one.example:3128", No: longNoProxy[:observation.MaxNoProxy],
				ShellHTTPS: "http://one.example:3128", ShellNo: longNoProxy[:observation.MaxNoProxy],
			},
		},
		{
			name: "a process of too many variables: not known, whatever its unit says",
			files: map[string]string{
				binary: "", group: "812\n", "proc/812/comm": "amazon-ssm-agen\n", "proc/812/environ": strings.Repeat("A=1\x00", 70_000),
				unit: unitText("https_proxy=http://one.example:3128"),
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
				binary: "", unit: unitText("https_proxy=http://one.example:3128"), dropIn: vastDropIn,
				"etc/systemd/system/service.d/a.conf": vastDropIn, "etc/systemd/system/service.d/z.conf": unitText("https_proxy="),
			},
			want: observation.ProxyConfig{From: "/" + unit, Incomplete: "/" + dropIn + ": more than 256 KiB, with the rest of the unit"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := bare(nil)
			p.Files = nodeFS{MapFS: root(test.files), denied: test.denied}
			p.Getenv = func(name string) string { return test.env[name] }
			_, got, _ := p.agentAndEnvironment()
			compare(t, test.want, got.ProxyConfig)
		})
	}
}

func TestInvalidProxy(t *testing.T) {
	for _, test := range []struct {
		address string
		wrong   bool
	}{
		{"", false},
		{"http://proxy.example:3128", false},
		{"proxy.example:3128", false},
		{"https://proxy.example:3128", false}, // the judge's: a WebSocket cannot
		{"socks5://proxy.example:1080", false},
		{"http://u:p@proxy.example", false},
		{"ftp://proxy.example:3128", true},
		{"http://:3128", true},
		{"http://proxy.example:99999", true},
		{"http://u:secret/word@proxy.example:3128", true},
		{"http://u:secret%zz@proxy.example:3128", true},
		{"http://proxy example:3128", true},
	} {
		got := invalidProxy(test.address)
		if (got != nil) != test.wrong {
			t.Errorf("%s: failure %v, wrong should be %t", test.address, got, test.wrong)
		}
		if got != nil && strings.Contains(got.Text, "secret") {
			t.Errorf("%s: the password stands in %q", test.address, got.Text)
		}
	}
}

// Why an address cannot be parsed is told without a piece of it.
func TestUnparsableProxy(t *testing.T) {
	for address, want := range map[string]string{
		"http://u:secret%zz@proxy.example:3128":  "a % without two hexadecimal digits behind it",
		"http://u:secret%@proxy.example:3128":    "a % without two hexadecimal digits behind it",
		"http://u:secret{x@proxy.example:3128":   "special character",
		"http://u:secret/word@proxy.example:80":  "special character",
		"http://proxy example:3128":              "its host has a character that no host has",
		"http://proxy.example:31secret28":        "",
		"http://u:secret@proxy.example:31secret": "",
	} {
		got := unparsable(address)
		if !strings.Contains(got, want) || want == "" && got != "" || strings.Contains(got, "secret") {
			t.Errorf("%s: %q, want %q in it, and no piece of the address", address, got, want)
		}
	}
}

// What is read of a proxy must be whole inside, and without its password in
// whatever is written down.
func TestProxyPasswordStaysInside(t *testing.T) {
	p := bare(map[string]string{"proc/1/comm": "systemd\n"})
	p.Getenv = func(name string) string {
		if name == "https_proxy" {
			return "http://user:secret@proxy.example:3128"
		}
		return ""
	}
	node := p.LookAtNode(t.Context())
	plan, err := NewPlan(Config{Region: "us-east-2"}, node)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{node, plan} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") {
			t.Errorf("the password is written down: %s", b)
		}
	}
	target := plan.Targets[0]
	if password, _ := plan.proxies[target.Name].User.Password(); password != "secret" {
		t.Errorf("the proxy's password is %q inside, want it whole", password)
	}
	if want := "http://user:***@proxy.example:3128"; target.Proxy != want {
		t.Errorf("shown as %q, want %q", target.Proxy, want)
	}
}

func TestWindowsProxy(t *testing.T) {
	for _, test := range []struct {
		name string
		set  map[string]string
		all  []windowsProxy
		want map[string]string
	}{
		{"none", nil, []windowsProxy{{}, {}}, nil},
		{"one for no scheme is for http alone", nil, []windowsProxy{{proxy: "proxy:3128"}},
			map[string]string{"HTTP_PROXY": "http://proxy:3128"}},
		{"one each", nil, []windowsProxy{{proxy: "http=a:1;https=b:2;ftp=c:3"}},
			map[string]string{"HTTP_PROXY": "http://a:1", "HTTPS_PROXY": "http://b:2"}},
		{"the other fills in", nil, []windowsProxy{{proxy: "http=a:1 d:4"}},
			map[string]string{"HTTP_PROXY": "http://a:1", "HTTPS_PROXY": "http://d:4"}},
		{"the first that names one", nil, []windowsProxy{{}, {proxy: "https=b:2", bypass: "<local>;169.254.169.254 x.example"}},
			map[string]string{"HTTPS_PROXY": "http://b:2", "NO_PROXY": "169.254.169.254,x.example"}},
		{"the environment goes before", map[string]string{"HTTPS_PROXY": "http://env:1"}, []windowsProxy{{proxy: "https=b:2;http=a:1"}},
			map[string]string{"HTTPS_PROXY": "http://env:1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEnvironment()
			for name, value := range test.set {
				e.set(assignment{name, value}, "test")
			}
			applyWindowsProxy(e, test.all...)
			compare(t, test.want, e.values)
		})
	}
}

// longNoProxy is as long as is applied, but for some bytes.
var longNoProxy = strings.Repeat("a,", 16_000) + "a"

// vastDropIn is one of which there is room for one.
var vastDropIn = "[Service]\n" + strings.Repeat("# a comment\n", 15_000)

// The rules are made once: to read a long no_proxy anew for each target took
// seconds.
func TestProxyRulesAreMadeOnce(t *testing.T) {
	p := bare(nil)
	p.Getenv = func(name string) string {
		return map[string]string{"HTTPS_PROXY": "http://one.example:3128", "NO_PROXY": longNoProxy + ",b.example"}[name]
	}
	c := p.proxyConfig(p.agentEnvironment(observation.No, ""))
	if c.agentProxyFor("ssm.us-east-2.amazonaws.com", 443) == nil || c.agentProxyFor("b.example", 443) != nil {
		t.Error("the rules do not hold")
	}
	if n := testing.AllocsPerRun(10, func() { c.agentProxyFor("b.example", 443) }); n > 100 {
		t.Errorf("%v allocations for one target", n)
	}
}
