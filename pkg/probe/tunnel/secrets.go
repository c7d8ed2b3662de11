package tunnel

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Bounds of a secret that is looked for, in bytes: of a shorter one half of any
// text would be hidden, and its letters backwards may be a word.
const (
	leastSecret   = 4
	leastReversed = 6
)

// Secrets are what the proxy was sent, and may send back, as it came or
// spelled in another way: in its own answer, or inside the tunnel where it opens
// TLS. A user without a password may be a token, or hold the password behind an
// escaped colon.
func Secrets(proxy *url.URL) observation.Secrets {
	if proxy.User == nil {
		return observation.Secrets{}
	}
	secret, has := proxy.User.Password()
	if !has || secret == "" {
		secret = proxy.User.Username()
		if _, behind, ok := strings.Cut(secret, ":"); ok {
			secret = behind
		}
	}
	user := proxy.User.Username() + ":" + secret
	if len(secret) < leastSecret {
		return observation.NewSecrets(proxyToken(proxy), user)
	}
	forms := append(spellings(secret), proxyToken(proxy), hex.EncodeToString([]byte(user)), strings.ToUpper(hex.EncodeToString([]byte(user))))
	return observation.NewSecrets(forms...)
}

// spellings are the ways in which a program may write a secret: for a URL, each
// of its bytes for one too, in hexadecimal, in base64 wherever it stands in what
// is encoded, in other letters, and backwards.
func spellings(secret string) []string {
	inHex := hex.EncodeToString([]byte(secret))
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), inHex, strings.ToUpper(inHex)}
	var upper, lower strings.Builder
	for _, c := range []byte(secret) {
		fmt.Fprintf(&upper, "%%%02X", c)
		fmt.Fprintf(&lower, "%%%02x", c)
	}
	all = append(all, upper.String(), lower.String(), lowerEscapes(url.QueryEscape(secret)), lowerEscapes(url.PathEscape(secret)))
	all = append(all, inBase64(secret)...)
	if len(secret) >= leastReversed {
		backwards := []byte(secret)
		slices.Reverse(backwards)
		all = append(all, string(backwards), strings.ToUpper(secret), strings.ToLower(secret))
	}
	return all
}

// lowerEscapes writes the escapes of a URL with small letters.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i+1:], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// leastBase64 is the shortest piece of base64 that is none by chance.
const leastBase64 = 6

// inBase64 gives what base64 has of a secret that stands at any place of what is
// encoded: its letters depend on that modulo three, and those at its ends on its
// neighbours too.
func inBase64(secret string) []string {
	all := []string{base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret))}
	for before := range 3 {
		text := strings.Repeat("x", before) + secret
		begin, end := (8*before+5)/6, 8*len(text)/6
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if piece := encoding.EncodeToString([]byte(text))[begin:end]; len(piece) >= leastBase64 {
				all = append(all, piece)
			}
		}
	}
	return all
}

// hideHeader hides them in the values of a header.
func hideHeader(s observation.Secrets, h http.Header) {
	for _, values := range h {
		for i := range values {
			values[i] = s.Hide(values[i])
		}
	}
}
