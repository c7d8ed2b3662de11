//go:build linux

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// proxySecret is the secret of every proxy here. It consists of letters and digits, so
// that no escape hides it from the search.
const proxySecret = "S3cr3tM4rk"

// allFormats are the formats of -o.
var allFormats = []string{"text", "short", "json", "ndjson", "junit", "prometheus", "nagios", "markdown", "html"}

// TestProxySecrets runs the program with a hundred proxy settings that contain a secret,
// from every source: the shell's environment, the drop-in of the agent's unit, --proxy and
// its variable, a report by an older version. No output contains the secret.
func TestProxySecrets(t *testing.T) {
	p := build(t)
	needs(t, p)
	shapes := lab.ProxySecrets(proxySecret)
	for _, source := range []struct {
		name, scenario string
		// lines run the program, with "$@" for the flags.
		lines func(i int, raw string) string
		// shown: every report names the proxy.
		shown bool
	}{
		{"environment", "nat-public", func(_ int, raw string) string {
			return fmt.Sprintf("HTTPS_PROXY=%s http_proxy=%[1]s NO_PROXY=%s ssm \"$@\"\n", quote(raw), quote("localhost,"+raw))
		}, true},
		{"drop-in", "agent-running", func(_ int, raw string) string {
			text := "[Service]\nEnvironment=\"HTTPS_PROXY=" + unitQuote(raw) + "\"\nEnvironment=\"NO_PROXY=x," + unitQuote(raw) + "\"\n"
			const at = "/run/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d"
			return "mkdir -p " + at + "\nprintf %s " + quote(text) + " >" + at + "/zz.conf\nssm \"$@\"\n"
		}, true},
		{"flag", "private-vpc", func(i int, raw string) string {
			if i%2 == 0 {
				return "ssm --proxy " + quote(raw) + " \"$@\"\n"
			}
			return "SSMCHECK_PROXY=" + quote(raw) + " ssm \"$@\"\n"
		}, false},
		{"stray arguments", "private-vpc", func(i int, raw string) string {
			// Like a value without quotes, or without a flag.
			return []string{
				"set -f; ssm --region us-east-2 --proxy " + strings.NewReplacer("\t", " ", "\n", " ").Replace(wordQuote(raw)),
				"ssm --region us-east-2 " + quote(raw), "ssm " + quote("--proxy"+raw),
			}[i%3] + "\n"
		}, false},
	} {
		t.Run(source.name, func(t *testing.T) {
			t.Parallel()
			dir := p.runEach(t, source.scenario, shapes, "--region us-east-2", source.lines)
			noSecret(t, dir, shapes)
			for i, raw := range shapes {
				b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i, ".json")))
				if err != nil && source.shown {
					t.Errorf("%q: no report: %v", raw, err)
				}
				if source.shown && !bytes.Contains(b, []byte("***")) && !bytes.Contains(b, []byte("127.0.0.1")) {
					t.Errorf("%q: no proxy is in the report, so that none was read", raw)
				}
			}
		})
	}
	t.Run("saved report", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		saved := filepath.Join(dir, "saved.json")
		if r, err := p.inside(t.Context(), "proxy-unreachable", p.ssmcheck, "-v", "--timeout", "100ms", "-o", "json="+saved); err != nil || r.status != 1 {
			t.Fatalf("status %d: %v\n%s", r.status, err, r.stderr)
		}
		b, err := os.ReadFile(saved)
		if err != nil {
			t.Fatal(err)
		}
		out := t.TempDir()
		for i, raw := range shapes {
			path := filepath.Join(dir, fmt.Sprint(i, ".json"))
			if err := os.WriteFile(path, olderReport(t, b, raw), 0o600); err != nil {
				t.Fatal(err)
			}
			args := []string{"diagnose", "-v"}
			for _, f := range allFormats {
				args = append(args, "-o", f+"="+filepath.Join(out, fmt.Sprint(i, ".", f)))
			}
			as, dns := remedy.Languages(), remedy.Nameservers()
			for n, args := range [][]string{
				append(args, path),
				{"fix", "--as", string(as[i%len(as)]), "--dns", string(dns[i%len(dns)]), path},
			} {
				c := exec.CommandContext(t.Context(), p.ssmcheck, args...)
				c.Env = append(os.Environ(), "SSMCHECK_DEBUG=1")
				text, err := c.CombinedOutput()
				if c.ProcessState == nil || c.ProcessState.ExitCode() > 1 {
					t.Errorf("%q: %v: %v\n%s", raw, args, err, text)
				}
				if err := os.WriteFile(filepath.Join(out, fmt.Sprint(i, ".out", n)), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		noSecret(t, out, shapes)
	})
}

// runEach runs the program in a scenario for each shape, and has it write every format.
// lines returns the shell commands for a shape: they run `ssm` with "$@". It returns the
// directory of the outputs.
func (p programs) runEach(t *testing.T, scenario string, shapes []string, flags string, lines func(i int, raw string) string) string {
	t.Helper()
	dir := t.TempDir()
	const chunk = 30 // a command has a minute
	for from := 0; from < len(shapes); from += chunk {
		var script strings.Builder
		fmt.Fprintf(&script, "ssm() { SSMCHECK_DEBUG=1 %s \"$@\" >$i.stdout 2>$i.stderr; }\ncd %s\n", quote(p.ssmcheck), quote(dir))
		for i := from; i < min(from+chunk, len(shapes)); i++ {
			fmt.Fprintf(&script, "i=%d\nset -- -v %s --for run-command --timeout 100ms --deadline 1s", i, flags)
			for _, f := range allFormats {
				fmt.Fprintf(&script, " -o %s=%d.%s", f, i, f)
			}
			script.WriteString("\n" + lines(i, shapes[i]))
		}
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, []byte(script.String()+"true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := p.inside(t.Context(), scenario, "sh", file); err != nil || r.status != 0 {
			t.Fatalf("status %d: %v\n%s", r.status, err, r.stderr)
		}
	}
	return dir
}

// noSecret checks that no file of a directory contains the secret.
func noSecret(t *testing.T, dir string, shapes []string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(b) + filepath.Base(path)
		for _, form := range []string{proxySecret, strings.ToLower(proxySecret), base64.StdEncoding.EncodeToString([]byte("user:" + proxySecret))} {
			if i := strings.Index(text, form); i >= 0 {
				n := 0
				fmt.Sscanf(filepath.Base(path), "%d", &n)
				t.Errorf("%s of %q holds the secret: %q", filepath.Base(path), shapes[n], text[max(0, i-100):min(len(text), i+80)])
			}
		}
		return nil
	})
	if err != nil || files < len(shapes) {
		t.Fatalf("%d files: %v", files, err)
	}
}

// olderReport returns a report with an unredacted proxy everywhere, also in the texts of
// failures, as a version that did not recognise its form would have written it.
func olderReport(t *testing.T, doc []byte, raw string) []byte {
	t.Helper()
	d, err := report.ReadJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	failed := func(op observation.Op, kind observation.Kind, text string) *observation.Failure {
		return &observation.Failure{Op: op, Kind: kind, Text: text}
	}
	o := d.Observations
	n := &o.Node.Proxy
	n.HTTPS, n.HTTP, n.ShellHTTPS, n.Metadata, n.No, n.ShellNo = raw, raw, raw, raw, "localhost,"+raw, raw+",x"
	n.Invalid = failed(observation.OpProxy, observation.KindSyntax, fmt.Sprintf("%q: the proxy's address cannot be parsed", raw))
	for i := range o.Plan.Targets {
		o.Plan.Targets[i].Proxy = raw
	}
	for i := range o.Targets {
		o.Targets[i].Proxy = &observation.ProxyObservation{
			URL:     raw,
			Lookup:  &observation.SystemLookup{Host: proxySecret, Failure: failed(observation.OpLookup, observation.KindNXDomain, "lookup "+proxySecret+" on 10.0.0.2:53: no such host")},
			Connect: &observation.Connect{Failure: failed(observation.OpConnect, observation.KindOther, `proxyconnect tcp: parse "`+raw+`": invalid port`)},
		}
	}
	var b bytes.Buffer
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// quote quotes a text as one word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// wordQuote quotes each word of a text, as a shell splits an unquoted value.
func wordQuote(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = quote(w)
	}
	return strings.Join(words, " ")
}

// unitQuote escapes a text for a unit's quotes.
func unitQuote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "\t", `\t`, "\x1b", `\x1b`).Replace(s)
}
