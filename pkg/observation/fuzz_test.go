package observation

import (
	"strings"
	"testing"
)

func FuzzLocation(f *testing.F) {
	f.Add("http://u:", "@h/a")
	f.Add("/login?session=", "#x")
	f.Add("//u:", "@[::1")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "S3CR3T"
		if strings.ContainsAny(before, "?:") && strings.Contains(before+secret+after, "?"+secret) || strings.HasSuffix(before, ":") && strings.HasPrefix(after, "@") {
			if got := ShownLocation(before + secret + after); strings.Contains(got, secret) {
				t.Errorf("%q is shown as %q", before+secret+after, got)
			}
		}
	})
}

func FuzzHide(f *testing.F) {
	f.Add("s3cr3t-pass", "x s3cr3t-pass y")
	f.Add("aaaa", "aaaaaaa")
	f.Fuzz(func(t *testing.T, secret, text string) {
		if len(secret) < 4 || len(secret) > 64 || len(text) > 4096 {
			return
		}
		if got := NewSecrets(secret).Hide(text + secret + text); strings.Contains(got, secret) && !strings.Contains(secret, "*") {
			t.Errorf("%q holds %q", got, secret)
		}
	})
}
