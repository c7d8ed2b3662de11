//go:build linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// TestSettingSecrets runs the program with what may be the URL of a proxy in the
// place of a path, of a profile, of a Region: in the agent's drop-in, its
// environment files' names, and this shell's environment. The secret is nowhere
// in what it prints and writes.
func TestSettingSecrets(t *testing.T) {
	p := build(t)
	needs(t, p)
	// Nothing shows that the others are not names of files.
	urls := regexp.MustCompile(`(?s)(:|%3A).*` + proxySecret + `.*(@|%40)|:[/\\].*` + proxySecret)
	shapes := slices.DeleteFunc(lab.ProxySecrets(proxySecret), func(raw string) bool { return !urls.MatchString(raw) })
	if len(shapes) < 80 {
		t.Fatalf("%d shapes", len(shapes))
	}
	dir := t.TempDir()
	const chunk = 30 // a command has a minute
	for from := 0; from < len(shapes); from += chunk {
		var script strings.Builder
		fmt.Fprintf(&script, "ssm() { SSMCHECK_DEBUG=1 %s \"$@\" >$i.stdout 2>$i.stderr; }\ncd %s\n", quote(p.ssmcheck), quote(dir))
		const at = "/run/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d"
		fmt.Fprintf(&script, "mkdir -p %s\n", at)
		for i := from; i < min(from+chunk, len(shapes)); i++ {
			raw := shapes[i]
			text := "[Service]\nEnvironmentFile=-/" + raw + "\nPassEnvironment=" + raw + "\n"
			for _, setting := range []string{"SSL_CERT_FILE=/" + raw, "SSL_CERT_DIR=/etc/ssl/certs:" + raw, "AWS_CA_BUNDLE=" + raw, "GODEBUG=" + raw} {
				text += "Environment=\"" + unitQuote(setting) + "\"\n"
			}
			if i%2 == 0 {
				text += "EnvironmentFile=/" + raw + "*/*\n" // which is not followed
			}
			fmt.Fprintf(&script, "i=%d\nprintf %%s %s >%s/zz.conf\n", i, quote(text), at)
			script.WriteString("set -- -v --signed --for run-command --timeout 100ms --deadline 1s")
			for _, f := range allFormats {
				fmt.Fprintf(&script, " -o %s=%d.%s", f, i, f)
			}
			script.WriteString("\n")
			for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE", "GODEBUG", "AWS_PROFILE", "AWS_CONFIG_FILE"} {
				fmt.Fprintf(&script, "%s=%s ", name, quote(raw))
			}
			fmt.Fprintf(&script, "AWS_SHARED_CREDENTIALS_FILE=%s ssm --region us-east-2 \"$@\"\n", quote("/"+raw))
			// A usage error is printed, too.
			word := quote(raw)
			fmt.Fprintf(&script, "{ AWS_REGION=%s ssm; cat $i.stderr; for f in ip-ranges region bucket nameserver private-cidr timeout for expect endpoint vpc-resolver color; do ssm --region us-east-2 --$f %[1]s; cat $i.stderr; done; ssm -o json=/%[2]s/x; cat $i.stderr; ssm diagnose %[1]s; cat $i.stderr; ssm explain %[1]s; cat $i.stderr; ssm fix %[1]s; cat $i.stderr; } >$i.mistakes\n", word, quote(raw))
		}
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, []byte(script.String()+"true\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := p.inside(t.Context(), "agent-running", "sh", file); err != nil || r.status != 0 {
			t.Fatalf("status %d: %v\n%s", r.status, err, r.stderr)
		}
	}
	noSecret(t, dir, shapes)
	hidden := 0
	for i := range shapes {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i, ".json")))
		if err != nil {
			t.Errorf("%q: no report: %v", shapes[i], err)
		}
		if strings.Contains(string(b), "***") {
			hidden++
		}
	}
	if hidden < len(shapes) {
		t.Errorf("something was hidden in %d of %d reports: the rest shows nothing", hidden, len(shapes))
	}
}
