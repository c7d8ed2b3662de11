package probe

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
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
		if got := observation.HidePath(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
		if again := observation.HidePath(want); again != want {
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
		if got := observation.HidePaths(list); got != want || observation.HidePaths(got) != got {
			t.Errorf("%q: got %q, want %q", list, got, want)
		}
	}
}

// TestHidePathProperty: whatever stands around it, what is between a scheme, or
// a user's colon, and an "@" is not shown.
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
		for name, hide := range map[string]func(string) string{"path": observation.HidePath, "list": observation.HidePaths} {
			if got := hide(text); strings.Contains(got, secret) && (name == "path" || begin == "http://") || hide(got) != got {
				t.Fatalf("%s %q: got %q, and then %q", name, text, got, hide(got))
			}
		}
	}
}

// misplaced are shapes of a URL with a secret that stands where a path or a
// name was wanted.
func misplaced(secret string) []string {
	const at = "@127.0.0.1:3128"
	var all []string
	for _, scheme := range []string{"http://", "http:/", "HTTPS://", "socks5:/", `http:\\`, "postgres://", "", "//", "mailto:", "http%3A%2F%2F"} {
		all = append(all, scheme+"user:"+secret+at, scheme+"user:"+secret+at+"/certs/x.pem", scheme+"user:a@"+secret+"/pw"+at, scheme+"user:"+secret+"%40127.0.0.1", scheme+"user%3A"+secret+at)
	}
	return append(all, "http://"+secret+at, "http:/"+secret+at, "http://127.0.0.1/?auth="+secret, "http://127.0.0.1/"+secret)
}

// TestSecretsInOtherSettings puts a URL with a secret into everything of a node
// that is kept as text and is no proxy: the secret is not in what is recorded.
func TestSecretsInOtherSettings(t *testing.T) {
	const unit = "etc/systemd/system/amazon-ssm-agent.service"
	agent := map[string]string{"usr/bin/amazon-ssm-agent": "", "proc/1/comm": "systemd\n"}
	with := func(name, text string) func(string) map[string]string {
		return func(raw string) map[string]string {
			return map[string]string{name: strings.ReplaceAll(text, "RAW", raw)}
		}
	}
	unitText := func(raw string) string { return strings.NewReplacer(`\`, `\\`, "%", "%%").Replace(raw) }
	for name, place := range map[string]func(raw string) map[string]string{
		"trust file of the unit": func(raw string) map[string]string {
			return map[string]string{unit: "[Service]\nEnvironment=SSL_CERT_FILE=/" + unitText(raw) + "\n"}
		},
		"trust file, relative": func(raw string) map[string]string {
			return map[string]string{unit: "[Service]\nEnvironment=SSL_CERT_FILE=" + unitText(raw) + "\n"}
		},
		"trust directories": func(raw string) map[string]string {
			return map[string]string{unit: "[Service]\nEnvironment=SSL_CERT_DIR=/etc/ssl/certs:" + unitText(raw) + "\n"}
		},
		"an environment file":     with(unit, "[Service]\nEnvironmentFile=/RAW\n"),
		"an optional one":         with(unit, "[Service]\nEnvironmentFile=-/etc/RAW\n"),
		"a pattern":               with(unit, "[Service]\nEnvironmentFile=/RAW*/*\n"),
		"many environment files":  with(unit, "[Service]\n"+strings.Repeat("EnvironmentFile=/RAW\n", 40)),
		"passed from the manager": with(unit, "[Service]\nPassEnvironment=RAW HTTPS_PROXY\nUnsetEnvironment=RAW\n"),
		"a value of the file": func(raw string) map[string]string {
			return map[string]string{unit: "[Service]\nEnvironmentFile=/etc/agent.env\n", "etc/agent.env": "SSL_CERT_FILE='/" + strings.ReplaceAll(raw, "'", "") + "'\nAWS_CA_BUNDLE=" + raw + "\n"}
		},
		"the process": func(raw string) map[string]string {
			return map[string]string{"proc/42/comm": "amazon-ssm-agen\n", "proc/42/environ": "SSL_CERT_FILE=" + raw + "\x00SSL_CERT_DIR=/a:" + raw + "\x00"}
		},
		"the shell": func(raw string) map[string]string { return map[string]string{"shell": raw} },
		"the Region of the config": func(raw string) map[string]string {
			return config(map[string]any{"Agent": map[string]string{"Region": raw, "ServiceDomain": raw}, "Mgs": map[string]string{"Region": raw}, "CloudWatchLogs": map[string]string{"Region": raw, "Endpoint": raw}})
		},
		"endpoints of the config": func(raw string) map[string]string {
			e := map[string]string{"Endpoint": raw}
			return config(map[string]any{"Ssm": e, "Mgs": map[string]string{"Endpoint": "user%2F" + raw}, "Mds": e, "S3": e, "Kms": e})
		},
		"the registration": func(raw string) map[string]string {
			b, _ := json.Marshal(map[string]string{"ManagedInstanceID": raw, "Region": raw})
			return map[string]string{"var/lib/amazon/ssm/registration": string(b)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			const secret = "S3cr3tM4rk"
			for _, raw := range misplaced(secret) {
				env, files := map[string]string{}, fstest.MapFS{}
				for name, text := range agent {
					files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o755}
				}
				for name, text := range place(raw) {
					files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
				}
				if name == "the shell" {
					files = fstest.MapFS{}
					env = map[string]string{
						"SSL_CERT_FILE": raw, "SSL_CERT_DIR": "/a:" + raw, "AWS_PROFILE": raw, "AWS_SHARED_CREDENTIALS_FILE": "/" + raw,
						"AWS_CONFIG_FILE": raw, "HOME": "/" + raw, "AWS_CA_BUNDLE": raw, "GODEBUG": raw,
					}
				}
				p := &Prober{Files: unreadableURLs{files}, Getenv: func(name string) string { return env[name] }}
				n := p.LookAtNode(t.Context())
				c, _ := p.fileCredentials()
				_, unread := p.roots(n.trust())
				b, err := json.Marshal([]any{n, c, p.trustTrap(n.trust()), unread})
				if err != nil {
					t.Fatal(err)
				}
				if i := strings.Index(string(b), secret); i >= 0 {
					t.Errorf("%q: %q", raw, b[max(0, i-100):min(len(b), i+30)])
				}
			}
		})
	}
}

func config(content map[string]any) map[string]string {
	b, _ := json.Marshal(content)
	return map[string]string{"etc/amazon/ssm/amazon-ssm-agent.json": string(b)}
}

// unreadableURLs are files of which none whose name has a secret may be read,
// so that an error names it.
type unreadableURLs struct{ fstest.MapFS }

func (f unreadableURLs) Open(name string) (fs.File, error) {
	if strings.Contains(name, "S3cr3tM4rk") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

func (f unreadableURLs) Stat(name string) (fs.FileInfo, error) {
	if strings.Contains(name, "S3cr3tM4rk") {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Stat(name)
}

// TestSavedSettings: what an older version left of them is taken out when its
// report is read.
func TestSavedSettings(t *testing.T) {
	const secret = "S3cr3tM4rk"
	for _, raw := range misplaced(secret) {
		o := &observation.Observations{}
		n := &o.Node
		n.Trust = observation.TrustConfig{File: "/" + raw, Directories: "/a:" + raw, From: "/" + raw}
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
