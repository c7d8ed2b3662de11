package service

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

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

// The reason why an address cannot be parsed quotes no part of it.
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
			probetest.Compare(t, test.want, e.Values)
		})
	}
}

// The rules are made once: to read a long no_proxy anew for each target took
// seconds.
func TestProxyRulesAreMadeOnce(t *testing.T) {
	p := bareService(nil)
	p.Getenv = func(name string) string {
		return map[string]string{"HTTPS_PROXY": "http://one.example:3128", "NO_PROXY": probetest.LongNoProxy + ",b.example"}[name]
	}
	c := p.ProxyConfig(p.AgentEnvironment(observation.No, ""))
	if c.AgentProxyFor("ssm.us-east-2.amazonaws.com", 443) == nil || c.AgentProxyFor("b.example", 443) != nil {
		t.Error("the rules do not hold")
	}
	if n := testing.AllocsPerRun(10, func() { c.AgentProxyFor("b.example", 443) }); n > 100 {
		t.Errorf("%v allocations for one target", n)
	}
}
