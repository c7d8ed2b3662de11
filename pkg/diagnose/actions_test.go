package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
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

// TestActionsAreWellFormed holds the actions of every table test to their kinds:
// each has the values that its kind needs, and every finding has one.
func TestActionsAreWellFormed(t *testing.T) {
	needs := map[fix.Kind]func(fix.Action) bool{
		fix.CreateEndpoint: func(a fix.Action) bool { return len(a.Services) > 0 },
		fix.AllowIngress:   func(a fix.Action) bool { return a.Port == 53 && a.UDP || a.Port == 443 && len(a.Services) > 0 },
		fix.AllowBuckets:   func(a fix.Action) bool { return len(a.Buckets) > 0 },
		fix.ForwardZone: func(a fix.Action) bool {
			return len(a.Zones) > 0 && len(a.Servers) > 0 && (a.ResolverRule || !within(a.To, a.Servers))
		},
		fix.AllowPrivateAnswers: func(a fix.Action) bool { return len(a.Zones) > 0 && len(a.Servers) > 0 },
		fix.SetProxy:            func(a fix.Action) bool { return slices.Contains(a.NoProxy, "169.254.169.254") },
		fix.SetGODEBUG:          func(a fix.Action) bool { return a.Value != "" },
		fix.AttachRole:          func(a fix.Action) bool { return a.Policy != "" },
		fix.EditHosts:           func(a fix.Action) bool { return len(a.Hosts) > 0 },
	}
	seen := map[fix.Kind]bool{}
	for _, test := range allTests() {
		w := healthy()
		test.change(w)
		for _, f := range Judge(w.Observations).Findings {
			if len(f.Actions) == 0 {
				t.Errorf("%s: %s has no action", test.name, f.Code)
			}
			for _, a := range f.Actions {
				seen[a.Kind] = true
				if !slices.Contains(fix.Kinds(), a.Kind) {
					t.Errorf("%s: %s has an action of no kind: %+v", test.name, f.Code, a)
				}
				if ok := needs[a.Kind]; ok != nil && !ok(a) {
					t.Errorf("%s: %s: an action lacks values: %+v", test.name, f.Code, a)
				}
			}
		}
	}
	for _, k := range fix.Kinds() {
		if !seen[k] {
			t.Errorf("no table test has an action of the kind %s", k)
		}
	}
}

func within(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool { return slices.Contains(b, x) })
}
