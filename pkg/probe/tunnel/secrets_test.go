package tunnel

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/service"
)

// TestSecrets_spellings: however a proxy encodes what it was sent, it is not shown.
func TestSecrets_spellings(t *testing.T) {
	for _, secret := range []string{"pass", "S3cr3t", "p@ss/wörd+1 %", "correct horse battery staple"} {
		hidden := Secrets(&url.URL{Scheme: "http", User: url.UserPassword("node", secret), Host: "10.0.0.80:3128"})
		escaped, backwards := "", ""
		for _, c := range []byte(secret) {
			escaped += fmt.Sprintf("%%%02x", c)
			backwards = string([]byte{c}) + backwards
		}
		for name, spelled := range map[string]string{
			"as it is":            secret,
			"as a query":          url.QueryEscape(secret),
			"as a path":           url.PathEscape(secret),
			"with small escapes":  strings.ToLower(url.QueryEscape(strings.ToLower(secret))),
			"escaped whole":       escaped,
			"in hexadecimal":      hex.EncodeToString([]byte(secret)),
			"in large letters":    strings.ToUpper(hex.EncodeToString([]byte(secret))),
			"as it was sent":      base64.StdEncoding.EncodeToString([]byte("node:" + secret)),
			"without padding":     base64.RawURLEncoding.EncodeToString([]byte("node:" + secret)),
			"in base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
			"as another user's":   base64.StdEncoding.EncodeToString([]byte("no:" + secret)),
			"within more":         base64.StdEncoding.EncodeToString([]byte("you sent " + secret + ", which is wrong")),
			"the pair, in digits": hex.EncodeToString([]byte("node:" + secret)),
		} {
			if len(secret) < leastReversed && (name == "with small escapes" || name == "as another user's" || name == "within more") {
				continue // what is left of it may be chance
			}
			got := hidden.Hide("before " + spelled + " behind")
			for i := 0; i+leastBase64 <= len(spelled); i++ {
				if piece := spelled[i : i+min(observation.SecretGram, len(spelled)-i)]; len(secret) >= leastReversed && len(piece) == observation.SecretGram && name != "within more" && strings.Contains(got, piece) {
					t.Errorf("%q %s: %q has a piece of %q", secret, name, got, spelled)
					break
				}
			}
			if !strings.Contains(got, observation.Hidden) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " behind") {
				t.Errorf("%q %s: %q becomes %q", secret, name, spelled, got)
			}
		}
		if got := hidden.Hide(backwards); (len(secret) >= leastReversed) != strings.Contains(got, observation.Hidden) {
			t.Errorf("%q backwards becomes %q", secret, got)
		}
	}
}

// TestLastAtHolds: the host that is shown follows the last "@"; if that may be in a path or a
// password, no host is shown.
func TestLastAtHolds(t *testing.T) {
	for raw, want := range map[string]string{
		"http://u:p@ss@host:3128":         "http://u:***@host:3128",
		"http://u:p@10.0.0.1@host":        "http://u:***@host",
		"u:p@ss@host":                     "u:***@host",
		"http://u@corp:pw@host":           "http://***:***@host",
		"http://host:3128/@x":             "http://host:***@***",
		"http://host:3128?@x":             "http://host:***@***",
		"http://u:p@ss/w@rd@host":         "http://u:***@***",
		"http://u:p@ss@":                  "http://u:***@",
		"http://u:p@ss@wo:rd":             "http://u:***@wo:***",
		"http://u:p@ss%40host":            "http://u:***@***",
		"http://u:p@http://q:r@host:3128": "http://u:***@***",
	} {
		if got := observation.RedactProxy(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
		if u := service.ParseProxy(raw); u != nil && !strings.HasPrefix(want[strings.LastIndexByte(want, '@')+1:], u.Hostname()) {
			t.Errorf("%q: %q is used", raw, u.Host)
		}
	}
}
