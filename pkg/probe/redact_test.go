package probe

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
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
		// A host that cannot be told from a secret.
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
		got := observation.RedactProxy(address)
		if got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
		if again := observation.RedactProxy(got); again != got {
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
		got := observation.RedactNoProxy(list)
		if got != want {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
		if again := observation.RedactNoProxy(got); again != got {
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
		if got := observation.RedactText(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A proxy is used where its host is certain, and then as Go's rules have it;
// else nothing is sent.
func TestDialable(t *testing.T) {
	for address, want := range map[string]string{
		"proxy:3128":                      "http://proxy:3128",
		"http://proxy:3128/?auth=secret":  "http://proxy:3128",
		"http://proxy:3128/path#fragment": "http://proxy:3128",
		"HTTPS://Proxy":                   "https://Proxy",
		"socks5://u:p@proxy":              "socks5://u:p@proxy",
		"u:p@ss@proxy":                    "http://u:p%40ss@proxy",
		"http://u%3Ap@proxy":              "http://u%3Ap@proxy",
		"10.0.0.8:3128":                   "http://10.0.0.8:3128",
		"[fd00::8]:3128":                  "http://[fd00::8]:3128",
		"http://[fe80::8%25eth0]:1":       "http://[fe80::8%25eth0]:1",
		"http://pröxy:3128":               "http://pr%C3%B6xy:3128",
		"ftp://proxy:3128":                "ftp://proxy:3128",
		// Go would ask for the hosts "http", "u", "secret", and none.
		"http://u:sec/ret@proxy:3128":    "",
		"http://u:1234/5@proxy:3128":     "",
		"http://u:p@secret/w@proxy":      "",
		"u:p@secret/w@proxy":             "",
		"http://u:secret@proxy:3128 ":    "",
		`"http://u:secret@proxy:3128"`:   "",
		"u:sec/ret@proxy:3128":           "",
		"http://:3128":                   "",
		"http://proxy:3128/?a=x@secret":  "",
		"http://http://u:secret@proxy:1": "",
	} {
		got := ""
		if u := ParseProxy(address); u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
		if failure := invalidProxy(address); want == "" && failure == nil {
			t.Errorf("%q: it is not used, and nothing is said of it", address)
		}
	}
}

// secretMark is what no output may hold. The generated settings have it where a
// secret stands.
const secretMark = "S3cr3tM4rk"

// secretProxies makes settings with the mark between the first colon behind
// the scheme and the last "@", or in a path, a query or a fragment.
func secretProxies(r *rand.Rand) string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	special := func() string {
		return pick("", "", "/", "#", "?", " ", `"`, `\`, "[", "]", "^", "<", ">", "`", "|", "{", "%", "%zz", "%40", "%3A", "@", ":", "://", ",", ";", "&", "=", "'", "ü",
			"\t", "\x00", "\x1b", "$", "*", "***", "1", "http://", "10.0.0.1", "\u2028", ".", "-", "ß", "\xff")
	}
	password := special() + special() + secretMark + special() + special()
	scheme := pick("http://", "https://", "HTTP://", "socks5://", "", "http:", "http:/", "//", "http:\\\\", "htp://", "http//", "http://http://")
	host := pick("proxy.example", "proxy", "10.0.0.8", "[fd00::8]", "PROXY.example.", "pro xy", "prö.example", "")
	port := pick("", ":3128", ":312800", ":31x28", ":", ": 3128", ":3128:1")
	user := pick("user", "user", "u%20x", "us/er", "CORP\\user", "a.b", "us er", "")
	end := pick("", "", "/", " ", "\n", `"`, "/path", "?a=b", "#x", ",", "\\")
	var out string
	switch r.IntN(4) {
	case 0, 1:
		out = scheme + user + ":" + password + "@" + host + port + end
	case 2:
		out = scheme + host + port + pick("/", "?", "#", "/?auth=", "/a/") + password
	default:
		out = scheme + user + ":" + password + "@" + host + port + pick("/", "?", "#", "/?k=") + special() + secretMark
	}
	if r.IntN(8) == 0 {
		out += pick(" ", ",", "", ";") + out
	}
	quote := pick("", "", "", `"`, "'", "“")
	return quote + out + quote
}

// TestNoSecretOfAProxy generates thousands of settings; what is written down of
// none has the secret.
func TestNoSecretOfAProxy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		checkNoSecret(t, secretProxies(r), secretMark)
	}
}

// checkNoSecret wants a mark nowhere in what becomes of a setting.
func checkNoSecret(t *testing.T, raw, mark string) {
	t.Helper()
	shown, list := observation.RedactProxy(raw), observation.RedactNoProxy("localhost,"+raw+",x")
	texts := []string{shown, list}
	if again := observation.RedactProxy(shown); again != shown {
		t.Errorf("%q is shown as %q, and that as %q", raw, shown, again)
	}
	if again := observation.RedactNoProxy(list); again != list {
		t.Errorf("%q is shown as %q, and that as %q", raw, list, again)
	}
	rules := rulesOf(environment{values: map[string]string{"https_proxy": raw, "http_proxy": raw}})
	for _, to := range []*url.URL{httpsURL("ssm.us-east-2.amazonaws.com", 443), &metadataURL} {
		if u := rules.proxyFor(to); u != nil {
			// Its user is sent to the proxy itself, and to nobody else.
			texts = append(texts, observation.RedactProxyURL(u), u.Host, u.Opaque, u.Path, u.RawQuery, u.Fragment)
		}
	}
	if f := invalidProxy(raw); f != nil {
		texts = append(texts, f.Text)
	}
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(mark)) {
			t.Errorf("%q is told as %q", raw, text)
		}
	}
}

// What an older version wrote is hidden when it is read, and what this one
// writes stays as it is.
func TestHideProxySecrets(t *testing.T) {
	const raw = "http://http://user:S3cr3t/PwMark@127.0.0.1:3128"
	failure := func(text string) *observation.Failure {
		return &observation.Failure{Op: observation.OpProxy, Kind: observation.KindOther, Text: text}
	}
	old := func() *observation.Observations {
		way := &observation.ProxyObservation{
			URL:     "http://user:p@S3cr3t/PwMark@proxy:3128",
			Lookup:  &observation.SystemLookup{Host: "S3cr3t", Failure: failure("lookup S3cr3t on 10.0.0.2:53: no such host")},
			Connect: &observation.Connect{Failure: failure("proxyconnect tcp: dial tcp: lookup S3cr3t: no such host")},
			Tunnel:  &observation.Reply{Body: "you sent S3cr3t/PwMark", Failure: failure(`parse "` + raw + `": invalid port ":S3cr3t"`)},
		}
		return &observation.Observations{
			Plan: observation.Plan{Proxy: "http://u:S3cr3t@given", Targets: []observation.PlannedTarget{{Proxy: raw, UnusedProxy: &observation.UnusedProxy{NoProxy: "http://h/?k=S3cr3t"}}}},
			Node: observation.Node{Proxy: observation.ProxyConfig{
				HTTPS: raw, HTTP: "'" + raw, ShellHTTPS: "http://u%3AS3cr3t@proxy", No: "a,http://u:S3cr3t,x@b,c", ShellNo: "http://h/?k=S3cr3t",
				Metadata: "http://h/?k=S3cr3t", Invalid: failure(`"` + raw + `": invalid port ":S3cr3t"`),
				Unused: []observation.UnusedProxy{{Variable: "no_proxy", NoProxy: "a,http://u:S3cr3t,x@b,c"}},
			}, Agent: observation.Agent{Config: observation.AgentConfig{
				Unusable: map[string]string{"ssm": `the agent's configuration names "http://me:0therS3c@h" as Ssm.Endpoint: it cannot be parsed`},
				Hostless: map[string]string{"ssm": "https://me:0therS3c@/x"},
				Notes:    []string{`Mgs.Endpoint "https://h/x?k=0therS3c": it cannot be parsed`},
			}}},
			Targets: []observation.TargetObservation{{Proxy: way, ShellProxy: &observation.ProxyObservation{URL: raw}}},
			Signed:  []observation.SignedCall{{Proxy: raw, ErrorMessage: "S3cr3t/PwMark", Failure: failure("proxy " + raw)}},
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
