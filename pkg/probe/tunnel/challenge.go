package tunnel

import (
	"net/http"
	"slices"
	"strings"
)

// authenticationSchemes are those that a proxy may offer (IANA's HTTP
// Authentication Scheme Registry, and two unregistered ones).
var authenticationSchemes = []string{
	"Basic", "Bearer", "Concealed", "Digest", "DPoP", "GNAP", "HOBA", "Mutual", "Negotiate", "OAuth", "PrivateToken",
	"SCRAM-SHA-1", "SCRAM-SHA-256", "vapid", "NTLM", "Kerberos",
}

// otherScheme stands for any other scheme.
const otherScheme = "another"

// offeredSchemes returns the schemes of Proxy-Authenticate (RFC 9110, 11.7.1),
// each once and by its registered name: nothing the proxy wrote is kept.
func offeredSchemes(h http.Header) []string {
	var schemes []string
	for _, value := range h.Values("Proxy-Authenticate") {
		for _, item := range splitQuoted(value) {
			word, rest, _ := strings.Cut(strings.TrimSpace(item), " ")
			if word == "" || strings.ContainsAny(word, `="`) || strings.HasPrefix(strings.TrimSpace(rest), "=") {
				continue // a parameter of the scheme before it
			}
			name := otherScheme
			if i := slices.IndexFunc(authenticationSchemes, func(s string) bool { return strings.EqualFold(s, word) }); i >= 0 {
				name = authenticationSchemes[i]
			}
			if !slices.Contains(schemes, name) {
				schemes = append(schemes, name)
			}
		}
	}
	return schemes
}

// splitQuoted splits a list at the commas outside quoted strings.
func splitQuoted(list string) []string {
	var items []string
	begin, quoted := 0, false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			items = append(items, list[begin:i])
			begin = i + 1
		}
	}
	return append(items, list[begin:])
}
