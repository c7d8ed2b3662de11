package redact

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A scan goes through a text once, from beginning to end: at each word it
// inspects the word and a few bytes around it, and queries maps. So its time
// grows with the length of the text, however much is known.
type scan struct {
	r    *Redactor
	s    string
	out  strings.Builder
	done int // s[:done] is written
	i    int
	// outside: another machine wrote the text.
	outside bool
	// quoted: i is within quotation marks.
	quoted bool
	// bucketAt is where the path of a URL of S3 begins.
	bucketAt int
	// tried: colons before it belong to no address.
	tried int
}

// text replaces everything in a text that is known, that looks like something
// that must not be shown, or that is not a common word.
func (r *Redactor) text(s string, outside bool) string {
	x := scan{r: r, s: s, outside: outside, bucketAt: -1}
	for x.i < len(s) {
		switch c := s[x.i]; {
		case c == '"':
			x.quoted = !x.quoted
			x.i++
		case c == '\\':
			x.escape()
		case strings.HasPrefix(s[x.i:], "://"):
			x.userinfo()
		case c == ':':
			if !x.colons() {
				x.i++
			}
		case c == '.' || c == '-' || isWord(c) || c >= utf8.RuneSelf && tokenRune(s[x.i:]) > 0:
			x.word()
		default:
			x.i++
		}
	}
	if x.done == 0 {
		return s
	}
	x.out.WriteString(s[x.done:])
	return x.out.String()
}

// replace writes what precedes, and the pseudonym of s[begin:end].
func (x *scan) replace(begin, end int, pseudonym string) {
	x.out.WriteString(x.s[x.done:begin])
	x.out.WriteString(pseudonym)
	x.done = end
	x.i = max(x.i, end)
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// tokenLength is the length of the word at the start of s: letters of any
// script, digits, underscores, dots and hyphens.
func tokenLength(s string) int {
	n := 0
	for n < len(s) {
		if c := s[n]; c < utf8.RuneSelf {
			if !isWord(c) && c != '.' && c != '-' {
				return n
			}
			n++
			continue
		}
		size := tokenRune(s[n:])
		if size == 0 {
			return n
		}
		n += size
	}
	return n
}

// tokenRune is the length of the non-ASCII rune at the start of s, or 0 if it
// is not part of a word.
func tokenRune(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if r != utf8.RuneError && !unicode.In(r, unicode.L, unicode.M, unicode.N) {
		return 0
	}
	return size
}

// escape skips a backslash and the letters of an escape sequence, unless they
// rather begin a word.
func (x *scan) escape() {
	x.i++
	if x.i == len(x.s) {
		return
	}
	letters := 0
	switch x.s[x.i] {
	case '\\', '"', '\'':
		x.i++
		return
	case 'n', 'r', 't', 'a', 'b', 'f', 'v':
		letters = 1
	case 'x':
		letters = 3
	case 'u':
		letters = 5
	case 'U':
		letters = 9
	}
	word := x.s[x.i : x.i+tokenLength(x.s[x.i:])]
	letters = min(letters, len(word))
	if letters == 0 || len(word) <= maxHost && (x.r.names[strings.ToLower(word)] != "" || len(word) > 2 && x.r.public.has(word)) {
		return
	}
	x.i += letters
}

// userinfo replaces the user of a URL whose "://" begins here.
func (x *scan) userinfo() {
	x.i += len("://")
	n := strings.IndexAny(x.s[x.i:], "@/ \t\r\n\"'?#<>")
	if n <= 0 || x.s[x.i+n] != '@' {
		return
	}
	user, _, password := strings.Cut(x.s[x.i:x.i+n], ":")
	if strings.Trim(user, "*") != "" {
		user = x.r.call(user, &x.r.users)
	}
	if password {
		user += ":***"
	}
	x.replace(x.i, x.i+n, user)
}

// colons replaces a MAC address or an IPv6 address that begins here. Letters
// and digits separated by colons may be much else: a port and an address, a
// time.
func (x *scan) colons() bool {
	i := x.i
	if i > 0 && isWord(x.s[i-1]) {
		return false
	}
	n := macLength(x.s[i:])
	if n == 0 && (x.outside || x.quoted) {
		n = spacedMAC(x.s[i:])
	}
	if n > 0 {
		x.replace(i, i+n, x.r.macs.of(macDigits(x.s[i:i+n])))
		return true
	}
	if i < x.tried {
		return false
	}
	run := x.s[i : i+runOf(x.s[i:], func(c byte) bool { return isHex(c) || c == ':' || c == '.' })]
	x.tried = i + len(run)
	if strings.Count(run, ":") < 2 || x.tried < len(x.s) && isWord(x.s[x.tried]) {
		return false
	}
	end := x.tried
	core := strings.TrimRight(run, ".")
	if strings.HasSuffix(core, ":") && !strings.HasSuffix(core, "::") {
		core = core[:len(core)-1]
	}
	for _, cut := range []string{core, strings.TrimSuffix(core, ":")} {
		// A port may precede it: HOST:443:ADDRESS.
		if port, rest, ok := strings.Cut(cut, ":"); ok && i > 0 && x.s[i-1] == ':' {
			if a, err := netip.ParseAddr(rest); err == nil && len(port) <= 5 {
				x.address(i+len(port)+1, i+len(cut), a)
				return true
			}
		}
		for _, begin := range []int{0, 1} {
			if begin == 1 && !strings.HasPrefix(cut, ":") || len(cut) > 64 {
				break
			}
			if a, err := netip.ParseAddr(cut[begin:]); err == nil {
				x.address(i+begin, i+len(cut), a)
				x.i = max(x.i, min(end, i+len(cut)))
				return true
			}
		}
	}
	return false
}

// address replaces an address, or a block if its length follows.
func (x *scan) address(begin, end int, a netip.Addr) {
	book := x.r.addresses
	if x.outside && !x.r.answered[a] && !a.IsPrivate() && (begin == 0 || x.s[begin-1] != '/' || x.afterAny(begin, "//")) {
		book.ownAddress(a)
	}
	pseudonym := book.of(a)
	if after := x.s[end:]; strings.HasPrefix(after, "/") {
		digits := after[1 : 1+runOf(after[1:min(len(after), 5)], isDigit)]
		n, err := strconv.Atoi(digits)
		if p := netip.PrefixFrom(a, n); err == nil && p.IsValid() && p.Masked().Addr() == a {
			pseudonym = book.ofPrefix(p)
		}
	}
	x.replace(begin, end, pseudonym.String())
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// macLength is the length of the MAC address or EUI-64 at the start of s, or 0:
// pairs of digits separated by colons or hyphens.
func macLength(s string) int {
	n, pairs := 0, 0
	for n+2 <= len(s) && isHex(s[n]) && isHex(s[n+1]) {
		n += 2
		pairs++
		if n == len(s) || s[n] != ':' && s[n] != '-' || s[n] != s[2] {
			break
		}
		if n++; pairs > 8 {
			return 0
		}
	}
	if pairs != 6 && pairs != 8 || n < len(s) && (isWord(s[n]) || s[n-1] == ':' || s[n-1] == '-') {
		return 0
	}
	return n
}

// macDigits are those of a MAC address in any notation.
func macDigits(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(s))
}

// word replaces the word that begins here: an address, a host, an id, a name.
func (x *scan) word() {
	begin := x.i
	if x.colons() || x.mailUser() {
		return
	}
	token := x.s[begin : begin+tokenLength(x.s[begin:])]
	if from, to := x.digits(begin, token); to > 0 {
		if from > begin { // the rest of the word is one by itself
			x.wordAt(begin, token[:from-begin])
		}
		x.replace(from, to, x.r.word(strings.ToLower(x.s[from:to])))
		return
	}
	x.wordAt(begin, token)
}

// wordAt replaces the token, or something in it, and skips it.
func (x *scan) wordAt(begin int, token string) {
	x.i = begin + len(token)
	core := strings.TrimLeft(token, ".-")
	begin += len(token) - len(core)
	core = strings.TrimRight(core, ".-")
	if core == "" {
		return
	}
	end := begin + len(core)
	if a, err := netip.ParseAddr(core); err == nil && len(core) <= len("255.255.255.255") {
		x.address(begin, end, a)
		return
	}
	if x.rolePlace(begin, core) || x.account(begin, core) {
		return
	}
	if pseudonym := x.inPlace(begin, core); pseudonym != core {
		x.replace(begin, end, pseudonym)
	}
}

// mailUser replaces the user of an e-mail address.
func (x *scan) mailUser() bool {
	begin := x.i
	end := begin + runOf(x.s[begin:min(len(x.s), begin+65)], func(c byte) bool { return isWord(c) || strings.IndexByte(".%+=-", c) >= 0 })
	if end+1 >= len(x.s) || x.s[end] != '@' || !isWord(x.s[end-1]) || !isWord(x.s[end+1]) && x.s[end+1] != '[' {
		return false
	}
	x.replace(begin, end, x.r.call(x.s[begin:end], &x.r.users))
	return true
}

// inPlace is the pseudonym of a word, or the word itself. The text before it
// may say what kind of word it is.
func (x *scan) inPlace(begin int, core string) string {
	r, lower := x.r, strings.ToLower(core)
	if place, sure := x.bucketsPlace(begin); place {
		pseudonym, known := r.buckets.known[lower]
		switch {
		case r.public.buckets[core]:
			return core
		case known:
			return pseudonym
		case sure && isBucketName(core):
			return r.bucket(core)
		}
	}
	inURL := x.afterAny(begin, "://")
	atHost := inURL || begin > 1 && x.s[begin-1] == '@'
	if !strings.Contains(core, ".") {
		pseudonym, known := r.hosts.known[lower]
		switch {
		case known && (atHost || x.afterAny(begin, "lookup ")):
			return pseudonym
		case atHost && lower != "localhost" && (inURL || x.s[begin-2] != ' '):
			return r.call(core, &r.hosts)
		case x.afterAny(begin, "/home/", "/Users/", `\Users\`):
			return r.call(core, &r.users)
		}
	} else if inURL && strings.HasPrefix(lower, "s3") && isPublicHost(lower) {
		at := begin + len(core)
		if at < len(x.s) && x.s[at] == ':' {
			at += 1 + runOf(x.s[at+1:min(len(x.s), at+6)], isWord)
		}
		if at < len(x.s) && x.s[at] == '/' {
			x.bucketAt = at + 1
		}
	}
	inPath := begin > 0 && (x.s[begin-1] == '\\' || x.s[begin-1] == '/' && !x.afterAny(begin, "//"))
	return r.plain(core, lower, inPath)
}
