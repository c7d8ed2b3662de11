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

// TestSettingSecrets runs the program with a proxy's URL instead of a path, a profile or a
// Region: in the agent's drop-in, the names of its environment files, and this shell's
// environment. No output contains the secret.
func TestSettingSecrets(t *testing.T) {
	p := build(t)
	needs(t, p)
	// The others could be file names.
	urls := regexp.MustCompile(`(?s)(:|%3A).*` + proxySecret + `.*(@|%40)|:[/\\].*` + proxySecret)
	shapes := slices.DeleteFunc(lab.ProxySecrets(proxySecret), func(raw string) bool { return !urls.MatchString(raw) })
	if len(shapes) < 80 {
		t.Fatalf("%d shapes", len(shapes))
	}
	dir := p.runEach(t, "agent-running", shapes, "--signed", func(i int, raw string) string {
		var script strings.Builder
		text := "[Service]\nEnvironmentFile=-/" + raw + "\nPassEnvironment=" + raw + "\n"
		for _, setting := range []string{"SSL_CERT_FILE=/" + raw, "SSL_CERT_DIR=/etc/ssl/certs:" + raw, "AWS_CA_BUNDLE=" + raw, "GODEBUG=" + raw} {
			text += "Environment=\"" + unitQuote(setting) + "\"\n"
		}
		if i%2 == 0 {
			text += "EnvironmentFile=/" + raw + "*/*\n" // not followed
		}
		const at = "/run/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d"
		fmt.Fprintf(&script, "mkdir -p %s\nprintf %%s %s >%[1]s/zz.conf\n", at, quote(text))
		for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE", "GODEBUG", "AWS_PROFILE", "AWS_CONFIG_FILE"} {
			fmt.Fprintf(&script, "%s=%s ", name, quote(raw))
		}
		fmt.Fprintf(&script, "AWS_SHARED_CREDENTIALS_FILE=%s ssm --region us-east-2 \"$@\"\n", quote("/"+raw))
		// And usage errors.
		fmt.Fprintf(&script, "{ AWS_REGION=%s ssm; cat $i.stderr; for f in ip-ranges region bucket nameserver private-cidr timeout for expect endpoint vpc-resolver color; do ssm --region us-east-2 --$f %[1]s; cat $i.stderr; done; ssm -o json=/%[1]s/x; cat $i.stderr; ssm diagnose %[1]s; cat $i.stderr; ssm explain %[1]s; cat $i.stderr; ssm fix %[1]s; cat $i.stderr; } >$i.mistakes\n", quote(raw))
		return script.String()
	})
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
