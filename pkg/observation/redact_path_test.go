package observation

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
)

func TestHidePath(t *testing.T) {
	for path, want := range map[string]string{
		"":                           "",
		"/etc/ssl/cert.pem":          "/etc/ssl/cert.pem",
		"/opt/openssl@3/cert.pem":    "/opt/openssl@3/cert.pem",
		"/opt/a:b/c":                 "/opt/a:b/c",
		`C:\Program Files\me@corp\x`: `C:\Program Files\me@corp\x`,
		"C:/Users/x":                 "C:/Users/x",
		"/proc/4242/environ, the agent's process":         "/proc/4242/environ, the agent's process",
		"ssmcheck's own environment":                      "ssmcheck's own environment",
		"/x/agent.env: permission denied":                 "/x/agent.env: permission denied",
		"/http://user:pw@host/x":                          "/http:***",
		"/http:/user:pw@host":                             "/http:***",
		"http://pw@host":                                  "http:***",
		"/user:pw@host":                                   "/user:***",
		"/user%3apw%40host":                               "/user%3a***",
		"/http%3A%2F%2Fhost%2Fpw":                         "/http%3A***",
		"/https:/host/?auth=pw":                           "/https:***",
		`/http:\\user:pw@host`:                            "/http:***",
		"/postgres:/pw@host":                              "/postgres:***",
		`C:\x\http:\user:pw@host`:                         `C:\x\http:***`,
		"/run/a:b/http:/user:pw@host: not a regular file": "/run/a:***",
	} {
		if got := HidePath(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
		if again := HidePath(want); again != want {
			t.Errorf("%q: again %q", want, again)
		}
	}
	for list, want := range map[string]string{
		"/etc/ssl/certs:/opt/openssl@3/certs": "/etc/ssl/certs:/opt/openssl@3/certs",
		"/a::/b:":                             "/a::/b:",
		"certs:more":                          "certs:more",
		"/etc/ssl/certs:/http://user:pw@host": "/etc/ssl/certs:***",
		"/http:/user:/pw@host":                "/http:***",
		"user:pw@host":                        "user:***",
	} {
		if got := HidePaths(list); got != want || HidePaths(got) != got {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}

// TestHidePathProperty: whatever the context, nothing between a scheme or a user's colon and an
// "@" is shown.
func TestHidePathProperty(t *testing.T) {
	const secret = "S3cr3tM4rk"
	random := rand.New(rand.NewPCG(1, 2))
	letters := []string{"/", ":", "@", "%40", "%3A", "http:", "//", "a", "ü", " ", "\\", "?", "#", "\xff", "[", "C:"}
	noise := func() string {
		var b strings.Builder
		for range random.IntN(6) {
			b.WriteString(letters[random.IntN(len(letters))])
		}
		return b.String()
	}
	for range 20_000 {
		begin := []string{"x:/", "http://", "user:", "http:/user:", "user%3A"}[random.IntN(5)]
		text := "/" + noise() + begin + noise() + secret + noise() + "@" + noise()
		for name, hide := range map[string]func(string) string{"path": HidePath, "list": HidePaths} {
			if got := hide(text); strings.Contains(got, secret) && (name == "path" || begin == "http://") || hide(got) != got {
				t.Fatalf("%s %q: got %q, and then %q", name, text, got, hide(got))
			}
		}
	}
}

// TestSavedSettings: what an older version left of a secret is removed when its report is read.
func TestSavedSettings(t *testing.T) {
	const secret = "S3cr3tM4rk"
	for _, raw := range probetest.Misplaced(secret) {
		o := &Observations{}
		n := &o.Node
		n.Trust = TrustConfig{File: "/" + raw, Directories: "/a:" + raw, From: "/" + raw}
		n.Proxy.From, n.Proxy.Incomplete = "/"+raw, "/"+raw+": more than 256 KiB"
		n.Agent.From = []string{raw}
		n.Agent.Config.Notes = []string{fmt.Sprintf("a note of %q", raw)}
		o.Credentials.PassedOver = []string{"/" + raw + ", profile x"}
		hide := o.HideProxySecrets()
		b, _ := json.Marshal(o)
		if text := string(b) + hide(`the trust store is the one that the environment names: SSL_CERT_FILE="/`+raw+`"`); strings.Contains(text, secret) {
			t.Errorf("%q: %s", raw, text[max(0, strings.Index(text, secret)-80):][:120])
		}
	}
}
