package observation

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRedactProxy(t *testing.T) {
	for address, want := range map[string]string{
		"":                                     "",
		"  ":                                   "***",
		"proxy.example:3128":                   "proxy.example:3128",
		"http://proxy.example:3128":            "http://proxy.example:3128",
		"HTTP://proxy.example:3128/":           "HTTP://proxy.example:3128",
		"http://10.0.0.8:3128":                 "http://10.0.0.8:3128",
		"http://[fd00::8]:3128":                "http://[fd00::8]:3128",
		"http://[fe80::8%25eth0]:3128":         "http://[fe80::8%25eth0]:3128",
		"http://[fe80::8%25S/3]:3128":          "http://***",
		"htp://proxy.example:3128":             "htp://proxy.example:3128",
		"http://u:secret@proxy.example:3128/":  "http://u:***@proxy.example:3128",
		"socks5h://u:secret@[fd00::8]:1080":    "socks5h://u:***@[fd00::8]:1080",
		"u:secret@proxy.example:3128":          "u:***@proxy.example:3128",
		`http://CORP\u:secret@proxy.example`:   "http://***:***@***",
		" 'http://u:secret@proxy.example:1' ":  "http://u:***@proxy.example:1",
		"http://u:p@ss@proxy.example:3128":     "http://u:***@proxy.example:3128",
		"http://u:se cr et@proxy.example":      "http://u:***@proxy.example",
		"http://ü:gehëim@proxy.example":        "http://ü:***@proxy.example",
		"http://u:secret@proxy.example:99999":  "http://u:***@proxy.example:99999",
		"http://u:secret@proxy.example:31x28":  "http://u:***@proxy.example:***",
		"http://u:secret@proxy.example:312800": "http://u:***@proxy.example:***",
		"http://u:\x1b[2J@proxy.example":       "http://u:***@proxy.example",
		"http://u:secret@proxy\x1b.example":    "http://u:***@***",
		// A user that may be a token, or have the password in it.
		"http://token@proxy.example":        "http://***@proxy.example",
		"http://token:@proxy.example":       "http://***:***@proxy.example",
		"http://u%3Asecret@proxy.example":   "http://***@proxy.example",
		"http://u%40x:secret@proxy.example": "http://***:***@proxy.example",
		// A host that cannot be distinguished from a secret.
		"http://u:1234/5@6@proxy.example":        "http://u:***@***",
		"http://u:se:cr#et?@proxy.example/x":     "http://u:***@***",
		"http://u:sec/ret@10.0.0.8:3128":         "http://u:***@10.0.0.8:3128",
		"http://u:sec/ret@[fd00::8]:3128":        "http://u:***@[fd00::8]:3128",
		"http://proxy.example/?auth=x@secret":    "http://***@***",
		"http://proxy.example:3128/?a=x@secret":  "http://proxy.example:***@***",
		"u:sec://ret@proxy.example:3128":         "u:***@***",
		"http://http://u:sec/ret@10.0.0.8:3128":  "http://u:***@10.0.0.8:3128",
		"http://http://u:secret@proxy.example":   "http://u:***@***",
		"http://u:secret@a,http://u:other@b:1":   "http://u:***@***",
		"http://u:secret@a http://secret":        "http://u:***@***",
		"proxy.example:3128:u:secret":            "***",
		"http://proxy.example:3128:u:secret":     "http://***",
		"http://u%3Asecret%40proxy.example:3128": "http://***",
		"http:secret":                            "http:***",
		"http:/u:secret@proxy":                   "http:***@***",
		"http:///secret":                         "http://***",
		"se-cr.et://u:x@proxy":                   "***://u:***@proxy",
		"u:secret":                               "u:***",
		// A path, a query, a fragment.
		"http://proxy.example/?key=secret":     "http://proxy.example",
		"http://proxy.example:3128/secret":     "http://proxy.example:3128",
		"http://proxy.example:3128#secret":     "http://proxy.example:3128",
		"http://proxy.example:3128?key=secret": "http://proxy.example:3128",
	} {
		got := RedactProxy(address)
		if got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
		if again := RedactProxy(got); again != got {
			t.Errorf("%q: shown as %q, and that as %q", address, got, again)
		}
	}
}

func TestRedactNoProxy(t *testing.T) {
	for list, want := range map[string]string{
		"": "",
		"localhost, 127.0.0.1,.corp.example,*.x.example:8080,10.0.0.0/8,fd00::/8,::1,[::1]:80,*": "localhost, 127.0.0.1,.corp.example,*.x.example:8080,10.0.0.0/8,fd00::/8,::1,[::1]:80,*",
		"localhost 127.0.0.1;a|b": "localhost 127.0.0.1;a|b",
		"10.0.0/8,x":              "10.0.0/8,x",
		"http://a.example,x":      "http://a.example,x",
		"a,http://c/,secret":      "a,***",
		"a,,b,":                   "a,,b,",
		"http://u:secret@a,x":     "***,x",
		"a,b.example,http://u:secret@c,x,10.0.0.0/8": "a,b.example,***,x,10.0.0.0/8",
		"a,u:sec,ret,more@c,x":                       "a,***,x",
		"a,10.0.0.1:80,u:sec,ret@c,x":                "a,***,x",
		"a,secret@c,x":                               "a,***,x",
		"http://u:secret@c":                          "***",
		"a,http://c/?auth=se,cret,x":                 "a,***",
		"a,http://c/sec,ret":                         "a,***",
		"a,c:3128:u:secret,x":                        "a,***",
		"a,u:secret":                                 "a,***",
		"a,u%3Asecret,x":                             "a,***",
		"a,b\x1bc,d":                                 "a,***,d",
	} {
		got := RedactNoProxy(list)
		if got != want {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
		if again := RedactNoProxy(got); again != got {
			t.Errorf("%q: shown as %q, and that as %q", list, got, again)
		}
	}
}

func TestRedactText(t *testing.T) {
	for text, want := range map[string]string{
		"nothing":                       "nothing",
		"mail a@b":                      "mail a@b",
		"use http://proxy.example:3128": "use http://proxy.example:3128",
		"of https://a.example/b.json":   "of https://a.example/b.json",
		`parse "http://u:sec/ret@h:1/x": invalid port ":sec"`: `parse "http://***@***": invalid port ":sec"`,
		"cannot read http://u:se cr@et@h/p: x":                "cannot read http://***@h x",
		"http://h:1/?auth=secret is none":                     "http://h:1/ is none",
		"a http://u:secret@b c http://d/#secret":              "a http://***@b c http://d/",
	} {
		if got := RedactText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Secrets in an older version's report are hidden when it is read; this version's reports stay
// unchanged.
func TestHideProxySecrets(t *testing.T) {
	const raw = "http://http://user:S3cr3t/PwMark@127.0.0.1:3128"
	failure := func(text string) *Failure {
		return &Failure{Op: OpProxy, Kind: KindOther, Text: text}
	}
	old := func() *Observations {
		way := &ProxyObservation{
			URL:     "http://user:p@S3cr3t/PwMark@proxy:3128",
			Lookup:  &SystemLookup{Host: "S3cr3t", Failure: failure("lookup S3cr3t on 10.0.0.2:53: no such host")},
			Connect: &Connect{Failure: failure("proxyconnect tcp: dial tcp: lookup S3cr3t: no such host")},
			Tunnel:  &Reply{Body: "you sent S3cr3t/PwMark", Failure: failure(`parse "` + raw + `": invalid port ":S3cr3t"`)},
		}
		return &Observations{
			Plan: Plan{Proxy: "http://u:S3cr3t@given", Targets: []PlannedTarget{{Proxy: raw, UnusedProxy: &UnusedProxy{NoProxy: "http://h/?k=S3cr3t"}}}},
			Node: Node{Proxy: ProxyConfig{
				HTTPS: raw, HTTP: "'" + raw, ShellHTTPS: "http://u%3AS3cr3t@proxy", No: "a,http://u:S3cr3t,x@b,c", ShellNo: "http://h/?k=S3cr3t",
				Metadata: "http://h/?k=S3cr3t", Invalid: failure(`"` + raw + `": invalid port ":S3cr3t"`),
				Unused: []UnusedProxy{{Variable: "no_proxy", NoProxy: "a,http://u:S3cr3t,x@b,c"}},
			}, Agent: Agent{Config: AgentConfig{
				Unusable: map[string]string{"ssm": `the agent's configuration names "http://me:0therS3c@h" as Ssm.Endpoint: it cannot be parsed`},
				Hostless: map[string]string{"ssm": "https://me:0therS3c@/x"},
				Notes:    []string{`Mgs.Endpoint "https://h/x?k=0therS3c": it cannot be parsed`},
			}}},
			Targets: []TargetObservation{{Proxy: way, ShellProxy: &ProxyObservation{URL: raw}}},
			Signed:  []SignedCall{{Proxy: raw, ErrorMessage: "S3cr3t/PwMark", Failure: failure("proxy " + raw)}},
		}
	}
	o := old()
	hide := o.HideProxySecrets()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b) + hide("as S3cr3t/PwMark is"); strings.Contains(text, "S3cr3t") || strings.Contains(text, "PwMark") || strings.Contains(text, "0therS3c") {
		t.Errorf("the password is left: %s", text)
	}
	if got := o.Targets[0].ShellProxy.URL; got != "http://user:***@127.0.0.1:3128" {
		t.Errorf("the proxy is %q", got)
	}
	o.HideProxySecrets()
	if again, _ := json.Marshal(o); string(again) != string(b) {
		t.Errorf("what is hidden changes once more:\n%s\n%s", b, again)
	}
}
