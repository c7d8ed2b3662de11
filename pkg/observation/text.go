package observation

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Truncate keeps at most n bytes of s.
func Truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}

// Quoted returns the beginning of an answer from outside, escaped so that it is harmless to
// a terminal.
func Quoted(b []byte) string {
	return strconv.QuoteToASCII(string(b[:min(len(b), MaxExcerpt)]))
}

// ClampYear returns a time from outside in UTC, or the nearest one in the years 1 to 9999.
// An offset may move 9999-12-31 beyond them. Other years cannot be encoded as JSON, so no
// report could be written.
func ClampYear(t time.Time) time.Time {
	t = t.UTC()
	switch year := t.Year(); {
	case year < 1:
		return time.Time{}
	case year > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return t
}

// MaxText limits what is kept of a text from a peer, in bytes: an error's, a header's, a
// certificate's.
const MaxText = 256

// MaxExcerpt limits what is kept of a text from outside, in bytes.
const MaxExcerpt = 128

// Excerpt returns the beginning of a text from outside, printable and on one line.
func Excerpt(s string) string { return ExcerptOf(s, MaxExcerpt) }

// ExcerptOf is an excerpt of at most limit bytes.
func ExcerptOf(s string, limit int) string {
	s = strings.TrimSpace(s)
	var b strings.Builder
	for _, r := range s {
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		if unicode.IsPrint(r) && r != utf8.RuneError {
			b.WriteRune(r)
		} else {
			b.WriteByte(' ')
		}
	}
	return strings.TrimSpace(b.String())
}

func IsInstanceID(s string) bool { return IsHexID(s, "i-") }

// IsHexID reports whether s is the prefix and 8 to 17 hexadecimal digits.
func IsHexID(s, prefix string) bool {
	digits, ok := strings.CutPrefix(s, prefix)
	return ok && ConsistsOf(digits, 8, 17, IsHexDigit)
}

// ConsistsOf reports whether s has between least and most bytes, all of them of
// one kind.
func ConsistsOf(s string, least, most int, is func(byte) bool) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func IsLower(c byte) bool { return 'a' <= c && c <= 'z' }

// IsLetter reports whether c is a letter of ASCII.
func IsLetter(c byte) bool { return IsLower(c | 0x20) }

func IsDigit(c byte) bool { return '0' <= c && c <= '9' }

func IsHexDigit(c byte) bool { return IsDigit(c) || 'a' <= c && c <= 'f' }
