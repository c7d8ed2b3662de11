package observation

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxExcerpt bounds what is kept of a text from outside, in bytes.
const MaxExcerpt = 128

// Excerpt is the beginning of a text from outside, on one line and printable.
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
