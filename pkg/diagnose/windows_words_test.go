package diagnose

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// quotedWords are the words in single quotes of PowerShell, of which none has one.
var quotedWords = regexp.MustCompile(`'([^']*)'`)

// TestServiceEnvironmentStays: what the agent's service has besides the proxy stays, and
// no text from outside is two variables.
func TestServiceEnvironmentStays(t *testing.T) {
	const evil = `\0https_proxy=http://evil.example.com:1`
	w := healthy()
	w.Node.OS = "windows"
	w.Node.Agent.Hello.GODEBUG = "tlsmlkem=0" + evil
	w.Node.Proxy.No = "10.0.0.0/8," + evil
	_, code, _ := strings.Cut(newFacts(w.Observations).setProxy("http://10.9.0.8:3128", nil)[0], "`")
	if strings.Contains(code, "reg.exe") || !strings.Contains(code, "($others + ") {
		t.Errorf("it replaces the other variables: %s", code)
	}
	_, list, _ := strings.Cut(code, "-Value ")
	var names []string
	for _, word := range quotedWords.FindAllStringSubmatch(list, -1) {
		name, _, _ := strings.Cut(word[1], "=")
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != "https_proxy http_proxy no_proxy" {
		t.Errorf("it sets %s: %s", got, code)
	}
}

// TestWindowsProxyPlace: the proxy is shown and changed where it was found.
func TestWindowsProxyPlace(t *testing.T) {
	for from, want := range map[string]struct{ show, file string }{
		"": {`Services\AmazonSSMAgent -Name Environment`, `Services\AmazonSSMAgent`},
		`HKLM\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent\Environment`: {`Services\AmazonSSMAgent -Name Environment`, `Services\AmazonSSMAgent`},
		`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment`: {`Session Manager\Environment'`, `Session Manager\Environment`},
		`HKU\S-1-5-18\Environment`: {`HKEY_USERS\S-1-5-18\Environment'`, `HKU\S-1-5-18\Environment`},
		`HKU\S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings`: {`Internet Settings' -Name Proxy`, `ProxyServer`},
		"WinHTTP's settings": {"netsh.exe winhttp show proxy", "winhttp set proxy"},
	} {
		w := healthy()
		w.through(proxyAt, func(_ string, p *observation.ProxyObservation) { unconnected(p, observation.KindTimeout, 3000*ms) })
		w.Node.OS, w.Node.Proxy.From, w.Node.Proxy.HTTP, w.Node.Proxy.Metadata = "windows", from, proxyAt, proxyAt
		r := Judge(w.Observations)
		for code, shows := range map[Code]bool{ProxyUnreachable: false, ProxyIMDSNotBypassed: true} {
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Code == code })
			if i < 0 {
				t.Fatalf("%s: no %s in %v", from, code, told1(r))
			}
			f := r.Findings[i]
			if all := strings.Join(f.Confirm, "\n"); shows && !strings.Contains(all, want.show) {
				t.Errorf("%s: %s is shown by %s", from, code, all)
			}
			if all := strings.Join(f.Fix, "\n"); !strings.Contains(all, want.file) || strings.Contains(all, "Services") != strings.Contains(want.file, "Services") {
				t.Errorf("%s: %s is mended by %s", from, code, all)
			}
		}
		w.Node.Proxy.HTTPS = ""
		expect := "no https_proxy"
		if strings.HasSuffix(strings.ToLower(from), " settings") {
			expect = "no https="
		}
		if c := newFacts(w.Observations).settingsCheck(); c.Expect != expect {
			t.Errorf("%s: %s shows %s, want %s", from, c.Command, c.Expect, expect)
		}
	}
}
