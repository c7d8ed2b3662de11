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

// Limits on the length of a secret to search for, in bytes: a shorter one would
// hide half of any text, and its reverse may be an ordinary word.
const (
	leastSecret   = 4
	leastReversed = 6
)

// Secrets are what the proxy was sent and may send back, unchanged or encoded:
// in its own answer, or inside the tunnel if it intercepts TLS. A user without
// a password may be a token, or contain the password after an escaped colon.
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

// spellings are the ways in which a program may write a secret: URL-encoded
// (all bytes or only some), in hexadecimal, in base64 at any offset, in other
// case, and reversed.
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

// lowerEscapes writes a URL's escapes in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i+1:], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// leastBase64 is the length from which a match in base64 is no coincidence.
const leastBase64 = 6

// inBase64 returns the base64 of a secret at each offset in the encoded text:
// its letters depend on the offset modulo three, and those at its ends also on
// the neighbouring bytes.
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

// hideHeader hides the secrets in the values of a header.
func hideHeader(s observation.Secrets, h http.Header) {
	for _, values := range h {
		for i := range values {
			values[i] = s.Hide(values[i])
		}
	}
}
