package redact

import (
	"net/netip"
	"strconv"
	"strings"
)

// leastDigits is how many grouped digits may identify somebody: a telephone
// number, an account, an address in a notation of its own.
const leastDigits = 7

// groupSeparators are what separates groups of digits, also in URLs and HTML.
var groupSeparators = []string{"-", ".", " ", "_", ") ", ")", "%2E", "%2e", "%2D", "%2d", "%20", "&#46;", "&#046;", "&#x2e;", "&#x2E;", "&#45;", "&#32;", "&period;", "&nbsp;"}

// digits finds grouped digits, at least leastDigits of them, in the token that
// begins at begin or later; to is 0 if there are none. It inspects only text
// that another machine wrote, or a quotation of it: our own text has times,
// versions and sizes.
//
// Each byte is inspected as part of one series of groups, or of a few short
// ones.
func (x *scan) digits(begin int, token string) (from, to int) {
	if !x.outside && !x.quoted {
		return 0, 0
	}
	core := strings.Trim(token, ".-")
	if lower := strings.ToLower(core); len(core) > maxHost || x.r.requests[lower] || uuid().MatchString(lower) || ciscoMAC().MatchString(lower) || createdForm().MatchString(core) {
		return 0, 0
	}
	if _, err := netip.ParseAddr(core); err == nil {
		return 0, 0
	}
	for i := begin; i < begin+len(token); i++ {
		if !isDigit(x.s[i]) || i > 0 && isWord(x.s[i-1]) && x.s[i-1] != '_' && !(i > 2 && x.s[i-3] == '%' && isHex(x.s[i-2]) && isHex(x.s[i-1])) {
			continue
		}
		end, found := x.groups(i)
		if found {
			return i, end
		}
		i = max(i, end-1)
	}
	return 0, 0
}

// groups returns where the groups of digits that begin at i end, and whether
// they may identify somebody.
func (x *scan) groups(i int) (end int, found bool) {
	count, groups, dotted, narrow := 0, 0, true, false
	for at := i; ; {
		n := runOf(x.s[at:], isDigit)
		if n == 0 || at+n < len(x.s) && isWord(x.s[at+n]) && x.s[at+n] != '_' {
			break
		}
		if groups > 0 && x.s[at-1] == ' ' {
			if _, err := netip.ParseAddr(strings.TrimRight(x.s[at:at+runOf(x.s[at:min(len(x.s), at+17)], func(c byte) bool { return isDigit(c) || c == '.' })], ".")); err == nil {
				break
			}
		}
		count, end = count+n, at+n
		groups++
		narrow = narrow || groups == 2 && n < 2
		size := separatorLength(x.s[end:])
		if size == 0 {
			break
		}
		at = end + size
		dotted = dotted && (x.s[end] == '.' || !isDigitAt(x.s, at))
	}
	if groups < 2 || count < leastDigits || dotted && narrow {
		return end, false // none, or a version
	}
	if s := x.s[i:end]; len(s) <= len("255.255.255.255") {
		if _, err := netip.ParseAddr(strings.NewReplacer("-", ".", "_", ".").Replace(s)); err == nil {
			return end, false // known as an address
		}
	}
	return end, true
}

func separatorLength(s string) int {
	for _, sep := range groupSeparators {
		if strings.HasPrefix(s, sep) {
			return len(sep)
		}
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isDigitAt(s string, i int) bool { return i < len(s) && isDigit(s[i]) }

// spacedMAC is the length of the MAC address, with spaces between its pairs, at
// the start of s, or 0.
func spacedMAC(s string) int {
	const length = len("00 1A 2B 3C 4D 5E")
	if len(s) < length || len(s) > length && isWord(s[length]) {
		return 0
	}
	for i := range length {
		if i%3 == 2 && s[i] != ' ' || i%3 != 2 && !isHex(s[i]) {
			return 0
		}
	}
	return length
}

// shortForm is a block whose last numbers are omitted or replaced by a star:
// 10.77/16, 10.77., 10.77.*
var shortForm = pattern(`^([0-9]{1,3}(?:\.[0-9]{1,3}){0,2})(\.|(?:\.\*){1,3})?(/[0-9]{1,2})?$`)

// shortBlock is the pseudonym of such a block: the beginning of its addresses'
// pseudonyms.
func (r *Redactor) shortBlock(s string) (string, bool) {
	m := shortForm().FindStringSubmatch(s)
	if m == nil || m[2] == "" && m[3] == "" {
		return "", false
	}
	numbers := strings.Split(m[1], ".")
	var bytes [4]byte
	for i, text := range numbers {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil {
			return "", false
		}
		bytes[i] = byte(n)
	}
	pseudonym := r.addresses.ofPrefix(netip.PrefixFrom(netip.AddrFrom4(bytes), 8*len(numbers)))
	short := strings.Join(strings.Split(pseudonym.String(), ".")[:len(numbers)], ".")
	if short != m[1] && len(numbers) > 1 {
		r.note(m[1], short) // as a finding may quote it
	}
	return short + m[2] + m[3], true
}
