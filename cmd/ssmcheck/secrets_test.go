package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// A planted run has a secret in every input that may have one. Each is its own,
// so that a leak tells where it came from.
type planted struct {
	secrets []string
	env     map[string]string
	files   map[string]string
	args    []string
}

// secret makes one more, with characters that are escaped somewhere.
func (p *planted) secret(name string) string {
	sum := sha256.Sum256([]byte(name))
	s := hex.EncodeToString(sum[:8]) + "/+" + name
	p.secrets = append(p.secrets, s)
	return s
}

// keyID makes the id of an access key, of which the last four characters may
// be told.
func (p *planted) keyID(prefix string) string {
	sum := sha256.Sum256([]byte(prefix))
	id := prefix + strings.ToUpper(hex.EncodeToString(sum[:8]))
	p.secrets = append(p.secrets, id)
	return id
}

// proxyURL is a proxy's with a password, written as it must be.
func (p *planted) proxyURL(name string) string {
	u := url.URL{Scheme: "http", User: url.UserPassword("node", p.secret(name)), Host: "10.20.0.80:3128"}
	return u.String()
}

// plant puts secrets into the environment, and into every file that may have
// one.
func plant() *planted {
	p := &planted{}
	p.env = map[string]string{
		"AWS_ACCESS_KEY_ID":     p.keyID("ASIA"),
		"AWS_SECRET_ACCESS_KEY": p.secret("EnvKey"),
		"AWS_SESSION_TOKEN":     strings.Repeat(p.secret("EnvToken"), 4),
		"HTTPS_PROXY":           p.proxyURL("UpperEnv"),
		"http_proxy":            p.proxyURL("PlainEnv"),
		"HOME":                  "/home/user",
	}
	const agentConfig = "etc/amazon/ssm/amazon-ssm-agent.json"
	p.files = map[string]string{
		"home/user/.aws/credentials": "[default]\naws_access_key_id = " + p.keyID("AKIA") + "\naws_secret_access_key = " + p.secret("FileKey") + "\naws_session_token = " + p.secret("FileToken") + "\n",
		"home/user/.aws/config":      "[profile x]\ncredential_process = /bin/give " + p.secret("Process") + "\n",
		"root/.aws/credentials":      "[default]\naws_secret_access_key = " + p.secret("RootKey") + "\n",
		agentConfig: `{"Ssm":{"Endpoint":"https://user:` + p.secret("SsmURL") + `@ssm.us-east-2.amazonaws.com"},` +
			`"Mgs":{"Endpoint":"https://user:` + p.secret("MgsURL") + `@[bad"},"S3":{"Endpoint":"http://user:` + p.secret("S3URL") + `@s3"}}`,
		"usr/bin/amazon-ssm-agent": "none",
		"etc/systemd/system/amazon-ssm-agent.service": "[Service]\nEnvironment=\"HTTPS_PROXY=" + strings.ReplaceAll(p.proxyURL("Unit"), "%", "%%") +
			"\"\nEnvironment=OTHER=" + p.secret("UnitOther") + "\nEnvironmentFile=-/etc/agent.env\n",
		"etc/agent.env":     "HTTP_PROXY=" + p.proxyURL("EnvFile") + "\nDB_PASSWORD=" + p.secret("EnvFileOther") + "\n",
		"proc/1/comm":       "systemd\n",
		"proc/4242/comm":    "amazon-ssm-agen\n",
		"proc/4242/environ": "HTTPS_PROXY=" + p.proxyURL("Environ") + "\x00TOKEN=" + p.secret("EnvironOther") + "\x00",
		"var/lib/amazon/ssm/registration": `{"ManagedInstanceID":"mi-0123456789abcdef0","Region":"us-east-2","PrivateKey":"` +
			p.secret("Registration") + `"}`,
	}
	return p
}

// TestSecrets plants secrets and wants none in any output: not as they are, not
// in the forms that HTTP gives them, not a piece of the longer ones. The servers
// send back whatever they are sent.
func TestSecrets(t *testing.T) {
	for _, c := range []struct {
		name, scenario string
		change         func(*planted)
		args           []string
		// hides: something had to be taken out of what came back.
		hides bool
	}{
		{"the agent's proxy, running", "hostile-proxy-echo", nil, nil, true},
		{"the agent's proxy, by its unit", "hostile-proxy-echo", func(p *planted) { delete(p.files, "proc/4242/comm") }, nil, true},
		{"the shell's proxy", "hostile-proxy-echo", noAgent, nil, true},
		{"the shell's proxy, mistyped", "hostile-proxy-echo", func(p *planted) {
			noAgent(p)
			p.env["HTTPS_PROXY"] = "http://node:" + p.secret("Typo") + "\x7f@[bad:port"
		}, nil, true},
		{"a proxy on the command line", "hostile-proxy-echo", func(p *planted) {
			noAgent(p)
			p.args = append(p.args, "--proxy", p.proxyURL("Flag"))
		}, nil, true},
		{"a proxy of ssmcheck's own variable", "hostile-proxy-echo", func(p *planted) {
			noAgent(p)
			p.env["SSMCHECK_PROXY"] = p.proxyURL("OwnVariable")
		}, nil, true},
		{"a proxy that works", "proxy-only", nil, []string{"--signed"}, false},
		{"keys of the environment, sent back", "hostile-http-echo", noProxy, []string{"--signed"}, true},
		{"keys of a file, sent back", "hostile-http-echo", func(p *planted) { noProxy(p); noKeys(p) }, []string{"--signed"}, true},
		{"keys of the role, sent back", "hostile-http-echo", func(p *planted) {
			noProxy(p)
			noKeys(p)
			delete(p.files, "home/user/.aws/credentials")
		}, []string{"--signed"}, true},
		{"keys that are not asked for", "hostile-http-echo", noProxy, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := plant()
			if c.change != nil {
				c.change(p)
			}
			x := newTrial(t, c.scenario)
			files := fstest.MapFS{}
			maps.Copy(files, x.prober.Files.(fstest.MapFS))
			for name, text := range p.files {
				files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
			}
			x.prober.Files = files
			getenv := func(name string) string { return p.env[name] }
			x.getenv, x.prober.Getenv = getenv, getenv

			dir := t.TempDir()
			args := append([]string{"-v", "--region", "us-east-2", "--timeout", "2s", "--deadline", "8s"}, append(p.args, c.args...)...)
			for _, f := range formats() {
				args = append(args, "-o", f+"="+filepath.Join(dir, f))
			}
			status := x.run(t, args...)
			outputs := map[string]string{"standard output": x.stdout.String(), "standard error": x.stderr.String()}
			if status != statusUsage {
				for _, f := range formats() {
					b, err := os.ReadFile(filepath.Join(dir, f))
					if err != nil {
						t.Fatalf("status %d: %v\n%s", status, err, &x.stderr)
					}
					outputs[f] = string(b)
				}
			}
			if c.hides && !strings.Contains(outputs["json"], "***") {
				t.Errorf("status %d, and nothing was hidden, so that nothing was sent: %s", status, &x.stderr)
			}
			for name, text := range outputs {
				for _, secret := range append(lab.Secrets(), p.secrets...) {
					for _, form := range formsOf(secret) {
						if i := strings.Index(text, form); i >= 0 {
							t.Errorf("%s holds %q as %q: %q", name, secret, form, text[max(0, i-80):min(len(text), i+80)])
							break
						}
					}
				}
			}
		})
	}
}

func noAgent(p *planted) {
	for name := range p.files {
		if strings.Contains(name, "amazon-ssm-agent") || strings.HasPrefix(name, "proc/") {
			delete(p.files, name)
		}
	}
}

func noProxy(p *planted) {
	noAgent(p)
	delete(p.env, "HTTPS_PROXY")
	delete(p.env, "http_proxy")
}

func noKeys(p *planted) {
	delete(p.env, "AWS_ACCESS_KEY_ID")
	delete(p.env, "AWS_SECRET_ACCESS_KEY")
	delete(p.env, "AWS_SESSION_TOKEN")
}

// formsOf are the forms in which a secret could leave: as it is, escaped for a
// URL, a JSON or a shell, as a proxy and the SDKs send it, and as a proxy may
// spell it anew; and any 12
// characters of it, as half a secret is one too.
func formsOf(secret string) []string {
	backwards, escaped := []byte(secret), ""
	slices.Reverse(backwards)
	for _, c := range []byte(secret) {
		escaped += fmt.Sprintf("%%%02X", c)
	}
	whole := []string{
		hex.EncodeToString([]byte(secret)), escaped, string(backwards), base64.StdEncoding.EncodeToString([]byte("xx" + secret))[3:],
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, "/", `\/`), strings.ReplaceAll(secret, "+", `\u002b`),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("node:" + secret)),
	}
	forms := whole
	for _, w := range whole {
		for i := 0; i+12 <= len(w) && len(w) < 200; i += 4 {
			forms = append(forms, w[i:i+12])
		}
	}
	return forms
}
