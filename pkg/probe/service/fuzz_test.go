package service

import (
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

func FuzzUnit(f *testing.F) {
	f.Add([]byte("[Service]\nEnvironment=\"A=b c\" D='e' \\\n# x\nF=\\x41\nEnvironmentFile=-/etc/*.env\n"))
	f.Add([]byte("A=1\x00B=2\x00\x00=\x00A=3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := bareService(map[string]string{"etc/systemd/system/amazon-ssm-agent.service": string(b)})
		check := func(values map[string]string) {
			for name := range values {
				if _, ok := parseAssignment(name + "="); !ok {
					t.Errorf("variable %q", name)
				}
			}
		}
		check(p.unitEnvironment().Values)
		check(parseEnviron(b, "test").Values)
		for _, a := range parseEnvironmentFile(string(b)) {
			check(map[string]string{a.name: a.value})
		}
	})
}

// FuzzProxy: nothing between the first colon after the scheme and the last "@", or in a path, is
// recorded.
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
