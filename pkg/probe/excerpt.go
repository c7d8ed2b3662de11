package probe

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxExcerpt bounds what is kept of a text from outside, in bytes.
const maxExcerpt = 128

// excerpt is the beginning of a text from outside, on one line and printable.
func excerpt(s string) string { return excerptOf(s, maxExcerpt) }

// excerptOf is an excerpt of at most limit bytes.
func excerptOf(s string, limit int) string {
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

// quoted is the beginning of an answer from outside, escaped so that a terminal
// takes it for text.
func quoted(b []byte) string {
	return strconv.QuoteToASCII(string(b[:min(len(b), maxExcerpt)]))
}
