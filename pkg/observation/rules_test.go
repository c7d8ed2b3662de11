package observation

import (
	"net/netip"
	"slices"
	"testing"
)

// TestRuleFor: the rule that matches most of a name counts, and several names use the nameservers
// of rules only if those cover them all.
func TestRuleFor(t *testing.T) {
	at := func(s string) []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(s + ":53")} }
	c := ResolverConfig{From: "the adapters", Servers: at("10.0.0.53"), Rules: []NameRule{
		{From: "all", Namespaces: []string{"."}, Servers: at("10.0.0.1")},
		{From: "aws", Namespaces: []string{".api.aws", ".amazonaws.com"}, Servers: at("10.0.0.2")},
		{From: "region", Namespaces: []string{".us-east-2.amazonaws.com"}, Servers: at("10.0.0.3")},
		{From: "kms", Namespaces: []string{"kms"}, Servers: at("10.0.0.4")},
		{From: "logs", Namespaces: []string{"logs.us-east-2.amazonaws.com"}},
		{From: "s3", Namespaces: []string{"s3.us-east-2.amazonaws.com"}, Servers: at("10.0.0.3")}, // as region's
	}}
	for host, want := range map[string]string{
		"ssm.us-east-1.amazonaws.com": "aws", "SSM.us-east-2.AmazonAWS.com.": "region", "kms.us-east-2.amazonaws.com": "kms",
		"logs.us-east-2.amazonaws.com": "logs", "example.com": "all", "notamazonaws.com": "all", "amazonaws.com": "all",
	} {
		if r := c.RuleFor(host); r == nil || r.From != want {
			t.Errorf("%s: %+v, want %s", host, r, want)
		}
	}
	for _, test := range []struct {
		hosts []string
		from  string
		want  string
	}{
		{nil, "the adapters", "10.0.0.53"},
		{[]string{"ssm.us-east-2.amazonaws.com", "ec2messages.us-east-2.amazonaws.com"}, "region", "10.0.0.3"},
		{[]string{"ssm.us-east-2.amazonaws.com", "s3.us-east-2.amazonaws.com"}, "region", "10.0.0.3"},         // two rules, one server
		{[]string{"ssm.us-east-2.amazonaws.com", "ssm.us-east-1.amazonaws.com"}, "the adapters", "10.0.0.53"}, // two servers
		{[]string{"logs.us-east-2.amazonaws.com"}, "the adapters", "10.0.0.53"},                               // a rule that names none
	} {
		if got, from := c.ServersFor(test.hosts); from != test.from || !slices.Equal(got, at(test.want)) {
			t.Errorf("%q: %v by %s", test.hosts, got, from)
		}
	}
	if r := (ResolverConfig{}).RuleFor("x"); r != nil {
		t.Errorf("without rules: %+v", r)
	}
}
