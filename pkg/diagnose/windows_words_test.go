package diagnose

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// quotedWords are words in PowerShell's single quotes, none of which contains one.
var quotedWords = regexp.MustCompile(`'([^']*)'`)

// TestServiceEnvironmentStays: the rest of the service's environment stays, and no text
// from outside becomes two variables.
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

// TestServiceGODEBUGIsReplaced: the service has one GODEBUG, with the settings that it
// had, and its other variables.
func TestServiceGODEBUGIsReplaced(t *testing.T) {
	w := healthy()
	w.Node.OS = "windows"
	w.Node.Agent.Hello = observation.AgentHello{Size: observation.HelloLarge, Switch: observation.SwitchMLKEM, GODEBUG: "netdns=go,tlsmlkem=1"}
	_, code, _ := strings.Cut(newFacts(w.Observations).sendSmall(), "`")
	for _, want := range []string{`-notmatch '^GODEBUG='`, `-Value ($others + @('GODEBUG=netdns=go,tlsmlkem=0'))`} {
		if !strings.Contains(code, want) {
			t.Errorf("without %s: %s", want, code)
		}
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

// TestWindowsAnswer: what is expected of a command is what that command prints.
func TestWindowsAnswer(t *testing.T) {
	w := healthy()
	w.Node.OS = "windows"
	f := newFacts(w.Observations)
	for _, test := range []struct {
		answer             observation.Answer
		resolves, nslookup string
	}{
		{observation.Answer{Type: "A", Rcode: "NXDOMAIN"}, "DNS name does not exist", "Non-existent domain"},
		{observation.Answer{Type: "A", Rcode: "SERVFAIL"}, "DNS server failure", "Server failed"},
		{observation.Answer{Type: "A", Rcode: "REFUSED"}, "DNS operation refused", "Query refused"},
		{observation.Answer{Type: "A", Rcode: "NOERROR"}, "SOA", "no address"},
		{observation.Answer{Type: "A", Failure: &observation.Failure{Kind: observation.KindTimeout}}, "the timeout period expired", "DNS request timed out"},
		{observation.Answer{Type: "A", Rcode: "NOERROR", Addresses: []netip.Addr{netip.MustParseAddr("10.0.1.101")}}, "10.0.1.101", "10.0.1.101"},
	} {
		for server, want := range map[string]string{"10.0.0.2:53": test.resolves, "10.0.0.2:5353": test.nslookup} {
			c := f.asked(f.dig(netip.MustParseAddrPort(server), hostSSM), &test.answer)
			if !strings.Contains(c.Expect, want) || strings.HasPrefix(c.Command, "nslookup") != strings.HasSuffix(server, ":5353") ||
				strings.HasPrefix(c.Command, "nslookup") && strings.Contains(c.Expect, "SOA") {
				t.Errorf("%s -> %s, want %s", c.Command, c.Expect, want)
			}
		}
	}
}
