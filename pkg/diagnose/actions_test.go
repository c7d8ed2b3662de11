package diagnose

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func TestZones(t *testing.T) {
	f := newFacts(&observation.Observations{Plan: observation.Plan{Region: "us-east-2"}})
	for host, want := range map[string][]string{
		"ssm.us-east-2.amazonaws.com":                      {"amazonaws.com"},
		"ssm.us-east-2.api.aws":                            {"api.aws"},
		"vpce-0a-1b.ssm.us-east-2.vpce.amazonaws.com":      {"vpce.amazonaws.com"},
		"ssm.us-east-2.example.com":                        {"ssm.us-east-2.example.com"},
		"gateway.example.com":                              {"gateway.example.com"},
		"a\"; }; zone \"evil.us-east-2.amazonaws.com":      nil,
		"evil.us-east-2.amazonaws.com/10.0.0.1\nserver=/x": nil,
		"": nil,
	} {
		got := f.zones([]*target{{PlannedTarget: observation.PlannedTarget{Target: endpoint.Target{Host: host}}}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", host, diff)
		}
	}
}

func TestPlainProxyURL(t *testing.T) {
	for address, want := range map[string]string{
		"http://proxy.example.com:3128":     "http://proxy.example.com:3128",
		"proxy.example.com:3128":            "http://proxy.example.com:3128",
		"http://10.0.0.9":                   "http://10.0.0.9",
		"http://[2001:db8::1]:3128/":        "http://[2001:db8::1]:3128",
		"http://user:***@proxy.example.com": "", // the report holds no password
		"https://proxy.example.com:3128":    "", // the agent opens no WebSocket through it
		"http://$(id).example.com":          "",
		"http://a\"b:3128":                  "",
		"http://proxy:99999":                "",
		"http://[fe80::1%25eth0]:3128":      "",
		"":                                  "",
	} {
		if got := plainProxyURL(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
