package probe

import (
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The readers of files must not crash on anything, and must keep their bounds.

func FuzzResolvConf(f *testing.F) {
	f.Add([]byte("nameserver 10.0.0.2\nnameserver fe80::1%eth0\nsearch a b c\n"))
	f.Add([]byte("nameserver\nnameserver x\n;\n#\r\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		servers, search := parseResolvConf(b, maxNameservers)
		if len(servers) > maxNameservers || len(search) > maxSearch {
			t.Errorf("%d servers, %d domains", len(servers), len(search))
		}
		for _, s := range servers {
			if !s.IsValid() || s.Port() != dnsPort {
				t.Errorf("server %v", s)
			}
		}
	})
}

func FuzzHosts(f *testing.F) {
	f.Add([]byte("10.0.0.1 ssm.us-east-2.amazonaws.com # x\n::1 a.api.aws\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries := parseHosts(b, nil)
		if len(entries) > maxHosts {
			t.Errorf("%d entries", len(entries))
		}
		for _, e := range entries {
			if !e.Address.IsValid() || e.Line < 1 || e.Name != strings.ToLower(e.Name) {
				t.Errorf("entry %+v", e)
			}
		}
	})
}

func FuzzAgentConfig(f *testing.F) {
	f.Add([]byte(`{"Mgs":{"Endpoint":"host:443","Region":"us-east-2"},"Ssm":{"Endpoint":"https://u:secret@h"}}`))
	f.Add([]byte(`{"Agent":{"ServiceDomain":"x","UseDualStackEndpoint":true}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := bare(map[string]string{"etc/amazon/ssm/amazon-ssm-agent.json": string(b)}).agentConfig()
		if _, err := NewPlan(Config{Region: "us-east-2"}, LocalNode{Node: observation.Node{Agent: observation.Agent{Config: c}}}); err != nil {
			t.Errorf("what the agent's configuration says makes no plan: %v", err)
		}
		for name, host := range c.Endpoints {
			if bare, _ := splitEndpoint(host); bare == "" || strings.ContainsFunc(host, unicode.IsSpace) {
				t.Errorf("%s: host %q", name, host)
			}
		}
	})
}

func FuzzUnit(f *testing.F) {
	f.Add([]byte("[Service]\nEnvironment=\"A=b c\" D='e' \\\n# x\nF=\\x41\nEnvironmentFile=-/etc/*.env\n"))
	f.Add([]byte("A=1\x00B=2\x00\x00=\x00A=3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := bare(map[string]string{"etc/systemd/system/amazon-ssm-agent.service": string(b)})
		check := func(values map[string]string) {
			for name := range values {
				if _, ok := parseAssignment(name + "="); !ok {
					t.Errorf("variable %q", name)
				}
			}
		}
		check(p.unitEnvironment().values)
		check(parseEnviron(b, "test").values)
		for _, a := range parseEnvironmentFile(string(b)) {
			check(map[string]string{a.name: a.value})
		}
	})
}

// FuzzProxy: what stands between the first colon behind the scheme and the last
// "@", or in a path, is nowhere in what is written down.
func FuzzProxy(f *testing.F) {
	f.Add("http://user:", "pass/word", "@proxy.example:3128")
	f.Add("user:", "p@ss", "@proxy:1")
	f.Add("http://proxy:3128/?auth=", "", "")
	f.Add("http://user:1", ",", "@proxy:3128#")
	f.Add("http://proxy", ",", "")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, before, password, after string) {
		shown := observation.RedactProxy(before + password + after)
		if strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }) || len(shown) > 400 {
			t.Errorf("%q is shown as %q", before+password+after, shown)
		}
		for _, raw := range []string{
			"http://u:" + password + secretMark + "@proxy.example",
			"http://" + strings.ReplaceAll(before, "@", "") + ":" + password + secretMark + after + "@",
			"http://proxy.example:3128" + "/" + password + secretMark + after,
			"http://proxy.example:3128" + "?" + password + secretMark,
			"proxy:3128" + "#" + password + secretMark,
		} {
			checkNoSecret(t, raw, secretMark)
		}
	})
}
