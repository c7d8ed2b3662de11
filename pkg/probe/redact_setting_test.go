package probe

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/probetest"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
	"github.com/ssmcheck/ssmcheck/pkg/probe/signed"
)

// TestSecretsInOtherSettings puts a URL with a secret into every setting of a node that is kept as text
// and is not a proxy: the secret is not recorded.
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
			for _, raw := range probetest.Misplaced(secret) {
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
				n := p.InspectNode(t.Context())
				c, _ := signed.FileCredentials(p.machine())
				_, unread := handshake.Roots(p.machine(), n.StoreSettings())
				b, err := json.Marshal([]any{n, c, handshake.CheckStore(p.machine(), n.StoreSettings()), unread})
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

// unreadableURLs is a file system that denies reading files whose name contains a secret, so that an
// error quotes the name.
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
