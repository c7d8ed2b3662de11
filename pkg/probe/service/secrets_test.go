package service

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A proxy is used as Go's rules parse it if its host is certain; otherwise nothing is sent.
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

// secretMark must not be in any output. The generated settings have it in place of a secret.
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

// TestNoSecretOfAProxy generates thousands of settings; the secret of none is recorded.
func TestNoSecretOfAProxy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		checkNoSecret(t, secretProxies(r), secretMark)
	}
}

// checkNoSecret fails if the mark is in anything derived from a setting.
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
	rules := rulesOf(Environment{Values: map[string]string{"https_proxy": raw, "http_proxy": raw}})
	for _, to := range []*url.URL{httpsURL("ssm.us-east-2.amazonaws.com", 443), &metadataURL} {
		if u := rules.proxyFor(to); u != nil {
			// Its user is sent only to the proxy itself.
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
