package observation

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// MaxNoProxy limits what is kept of no_proxy, in bytes.
const MaxNoProxy = 4096

// Hidden replaces what is not shown.
const Hidden = "***"

// RedactProxy returns what may be shown of a proxy setting: its scheme, its user
// name, its host and its port. It scans the characters instead of parsing a URL,
// so that it also leaves nothing secret of a setting that does not parse, or that
// parses as an address that was not meant. It never shows what stands between the
// first colon after the scheme and the last "@", nor a path, a query or a
// fragment, nor a part that may be one of those. It is idempotent.
func RedactProxy(raw string) string { return readProxy(raw).String() }

// A proxyText is a proxy setting, split by its characters.
type proxyText struct {
	// scheme has its "://". Empty: none.
	scheme string
	// userinfo is what precedes the last "@"; at is whether there is one.
	userinfo string
	at       bool
	// host and port are without what follows them.
	host, port string
	// certain: the host stands where only a host can stand.
	certain bool
}

func readProxy(raw string) proxyText {
	var t proxyText
	rest := strings.Trim(raw, " \t\r\n'\"")
	at := strings.Contains(rest, "@")
	// Go retries with "http://" in front, so that a scheme may be there twice.
	twice := false
	for {
		scheme, more, ok := strings.Cut(rest, "://")
		if !ok || !isScheme(scheme) || t.scheme != "" && !knownScheme(scheme) {
			break
		}
		twice = t.scheme != ""
		t.scheme, rest = scheme+"://", more
		if !knownScheme(scheme) && (at || len(scheme) > maxScheme) {
			t.scheme = Hidden + "://" // it may be part of a password
		}
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		t.at, t.userinfo, rest = true, rest[:i], rest[i+1:]
	}
	// After one of these there may be a path, with an "@" of its own, or the rest
	// of a password. An address of an interface is no secret in either.
	ambiguous := twice || strings.ContainsAny(t.userinfo, `/?#\`)
	left := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	t.host, t.port, t.certain = splitHost(rest)
	if ambiguous {
		t.certain = false
		if _, ok := hostAddress(t.host); !ok {
			t.host, t.port = Hidden, ""
		}
	}
	if t.host == "" && t.port == "" && (strings.Trim(left, "/") != "" || rest == "" && !t.at && t.scheme == "" && raw != "") {
		t.host = Hidden
	}
	return t
}

// String returns what may be shown.
func (t proxyText) String() string {
	var b strings.Builder
	b.WriteString(t.scheme)
	if t.at {
		b.WriteString(t.shownUser() + "@")
	}
	if len(t.host) > maxHost {
		return b.String() + Hidden
	}
	b.WriteString(t.host)
	switch {
	case t.port == "":
	case len(t.port) > len("65535") || !IsNumber(t.port):
		b.WriteString(":" + Hidden)
	default:
		b.WriteString(":" + t.port)
	}
	return b.String()
}

// shownUser returns the user name, and three stars for the password. A user
// without a password may be a token, and one with an escape may hold a colon.
func (t proxyText) shownUser() string {
	user, password, has := strings.Cut(t.userinfo, ":")
	switch {
	case !has:
		return Hidden
	case password == "" || user == "" || len(user) > maxUser || strings.ContainsFunc(user, func(r rune) bool { return !isHostRune(r) && r != '~' && r != '+' }):
		return Hidden + ":" + Hidden
	}
	return user + ":" + Hidden
}

// Limits of what is shown, in bytes: of a scheme that no proxy has, of a user
// name, and of a host (RFC 1035 has 253 for a name).
const (
	maxScheme = 10
	maxUser   = 64
	maxHost   = 253
)

// knownSchemes are those that people write for a proxy.
var knownSchemes = []string{"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h", "ftp"}

func knownScheme(s string) bool { return slices.Contains(knownSchemes, strings.ToLower(s)) }

// isScheme reports whether s has the form of a scheme (RFC 3986, 3.1), or is
// one that was hidden.
func isScheme(s string) bool {
	if s == Hidden {
		return true
	}
	for i, c := range []byte(s) {
		if !IsLetter(c) && (i == 0 || c != '+' && c != '-' && c != '.' && !IsDigit(c)) {
			return false
		}
	}
	return s != ""
}

// splitHost splits a host and its port. If the text is not a host followed by a
// number, ok is false, and what is returned may still be shown.
func splitHost(s string) (host, port string, ok bool) {
	if end := strings.IndexByte(s, ']'); strings.HasPrefix(s, "[") && end >= 0 {
		host, port = s[:end+1], s[end+1:]
		if _, ok := hostAddress(host); !ok || port != "" && port[0] != ':' {
			return Hidden, "", false
		}
		port = strings.TrimPrefix(port, ":")
		return host, port, port == "" || IsNumber(port)
	}
	host, port, _ = strings.Cut(s, ":")
	if strings.Contains(port, ":") || strings.ContainsFunc(host, func(r rune) bool { return !isHostRune(r) }) {
		return Hidden, "", false
	}
	return host, port, port == "" || IsNumber(port)
}

// isHostRune reports whether a host may contain the character unescaped.
func isHostRune(r rune) bool {
	return r == '.' || r == '-' || r == '_' || r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// hostAddress returns the IP address that the host of a URL is: IPv6 is in
// brackets, and may have a zone that can be an interface's name.
func hostAddress(host string) (netip.Addr, bool) {
	inner, v6 := strings.CutPrefix(host, "[")
	if v6 {
		inner = strings.Replace(strings.TrimSuffix(inner, "]"), "%25", "%", 1)
	}
	a, err := netip.ParseAddr(inner)
	if err != nil || v6 != a.Is6() || len(a.Zone()) > 15 || strings.ContainsFunc(a.Zone(), func(r rune) bool { return !isHostRune(r) }) {
		return netip.Addr{}, false
	}
	return a, true
}

// hostname is the host as url.URL.Hostname returns it.
func (t proxyText) hostname() string {
	if a, ok := hostAddress(t.host); ok {
		return a.String()
	}
	return t.host
}

// DialableProxy returns the proxy that Go's rules made of a setting, without
// path, query and fragment, which are never sent. If the host that the rules found may
// be part of a password, the result has no host: nothing is sent to it, and it is shown
// as the setting is.
func DialableProxy(raw string, u *url.URL) *url.URL {
	t := readProxy(raw)
	if !t.certain || t.host == "" || !sameHost(u.Hostname(), t.hostname()) {
		return &url.URL{Opaque: t.String()}
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}
}

func sameHost(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, other := netip.ParseAddr(b)
	if err == nil && other == nil {
		return x == y
	}
	return strings.EqualFold(a, b)
}

// RedactProxyURL returns what may be shown of a proxy from DialableProxy.
func RedactProxyURL(u *url.URL) string { return RedactProxy(u.String()) }

// RedactNoProxy returns what may be shown of a no_proxy. As a password may contain
// a comma, nothing is shown from the first text on that is no entry and may have a
// password or a path in it.
func RedactNoProxy(raw string) string {
	var shown []string
	if at := strings.LastIndexByte(raw, '@'); at >= 0 {
		begin := at
		if i := strings.IndexByte(raw[:at], ':'); i >= 0 {
			begin = i
		}
		if i := strings.LastIndexByte(raw[:begin], ','); i >= 0 {
			shown = noProxyEntries(raw[:i])
		}
		shown = append(shown, Hidden)
		host, more, ok := strings.Cut(raw[at+1:], ",")
		// After a path, which may have commas too, no further entry is certain.
		path := strings.ContainsAny(strings.ReplaceAll(raw[begin:at], "://", ""), `/?#\`)
		if raw = more; !ok || path || host == "" || strings.ContainsAny(host, " /") || !isNoProxy(host) {
			return ExcerptOf(strings.Join(shown, ","), MaxNoProxy)
		}
	}
	return ExcerptOf(strings.Join(append(shown, noProxyEntries(raw)...), ","), MaxNoProxy)
}

// noProxyEntries returns the entries that may be shown, and three stars for each
// of the others.
func noProxyEntries(list string) (shown []string) {
	for entry := range strings.SplitSeq(list, ",") {
		if !isNoProxy(entry) {
			shown = append(shown, Hidden)
			if strings.ContainsAny(entry, `:/?#=&%'"\`) {
				return shown
			}
			continue
		}
		shown = append(shown, entry)
	}
	return shown
}

// isNoProxy reports whether an entry consists of hosts, domains, addresses and
// address blocks only. People also separate them with blanks, and write them as
// URLs.
func isNoProxy(entry string) bool {
	words := strings.FieldsFunc(entry, func(r rune) bool { return strings.ContainsRune(" \t;|", r) })
	for _, word := range words {
		scheme, rest, ok := strings.Cut(word, "://")
		if ok && knownScheme(scheme) && len(words) == 1 {
			word = rest
		}
		_, block := netip.ParsePrefix(word)
		_, address := netip.ParseAddr(word)
		host, port, ok := splitHost(strings.TrimLeft(word, "*."))
		switch {
		case block == nil, address == nil && !strings.Contains(word, "%"), len(words) == 1 && strings.Trim(word, "0123456789./*") == "":
		case !ok && port != "*", host == Hidden, len(port) > len("65535"):
			return false
		}
	}
	return true
}

// RedactText removes a proxy's password, and a query, from a sentence that quotes
// the proxy's address: an error of the standard library or about a command line,
// or one about a path if a URL was given as one.
func RedactText(s string) string {
	begin := nextURL(s)
	if begin < 0 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:begin])
	s = s[begin:]
	hidden := "?#"
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		b.WriteString(Hidden)
		ambiguous := strings.ContainsAny(s[:at], `/?#\`)
		s, hidden = s[at:], `/?#\`
		if host := s[1:]; ambiguous {
			// As in a proxy setting, it may be the end of a path or of a password.
			host = host[:wordEnd(host)]
			if i := strings.IndexAny(host, hidden); i >= 0 {
				host = host[:i]
			}
			if shown, _, _ := splitHost(host); shown != "" {
				if _, ok := hostAddress(shown); !ok {
					b.WriteString("@" + Hidden)
					s = s[1+wordEnd(s[1:]):]
				}
			}
		}
	}
	for {
		// The word is written as a whole, even if it contains more "://".
		end := wordEnd(s)
		word := s[:end]
		if i := strings.IndexAny(word, hidden); i >= 0 {
			word = word[:i]
		}
		b.WriteString(word)
		s = s[end:]
		if begin = nextURL(s); begin < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:begin])
		s, hidden = s[begin:], "?#"
	}
}

// nextURL is the index of the user or the host of a text's first URL, -1 if there
// is none. A URL that was cleaned as a path has lost one of its two slashes; then
// only a proxy's scheme distinguishes it from any word before a colon.
func nextURL(s string) int {
	for begin := 0; ; {
		i := strings.Index(s[begin:], ":/")
		if i < 0 {
			return -1
		}
		i += begin
		begin = i + len(":/")
		if strings.HasPrefix(s[begin:], "/") {
			return begin + 1
		}
		word := strings.LastIndexFunc(s[:i], func(r rune) bool { return !isHostRune(r) || r == '.' }) + 1
		if slices.ContainsFunc(knownSchemes, func(scheme string) bool { return strings.EqualFold(s[word:i], scheme) }) {
			return begin
		}
	}
}

// wordEnd is the length of the word that a text begins with.
func wordEnd(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'`;", r) })
	if end < 0 {
		return len(s)
	}
	return end
}

// ShownLocation returns where a redirect points, without what may be secret: a
// password, and the query, in which portals have sessions and S3 signatures.
func ShownLocation(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || strings.Contains(u.Path, "@") { // a password without "//" parses as a path
		if at := strings.LastIndexByte(raw, '@'); at >= 0 {
			return "***@" + RedactProxy(raw[at+1:]) // whatever precedes it
		}
		return RedactProxy(raw)
	}
	if u.User != nil {
		u.User = url.User("***")
	}
	if u.RawQuery != "" {
		u.RawQuery = "***"
	}
	u.Fragment, u.RawFragment = "", ""
	return strings.Replace(u.String(), "%2A%2A%2A", "***", 1)
}

// IsNumber reports whether a text consists of decimal digits.
func IsNumber(s string) bool { return ConsistsOf(s, 1, len(s), IsDigit) }
