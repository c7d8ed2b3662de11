package observation

import (
	"strconv"
	"time"
)

// Truncate keeps at most n bytes of s.
func Truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}

// Quoted is the beginning of an answer from outside, escaped so that a terminal
// takes it for text.
func Quoted(b []byte) string {
	return strconv.QuoteToASCII(string(b[:min(len(b), MaxExcerpt)]))
}

// ClampYear gives a time from outside in UTC, or the nearest that has a year
// of one to 9999. An offset may make another one of 9999-12-31; it has no form
// in JSON, and would leave no report to write.
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

// MaxText bounds a text of the other side that is kept: an error's, a header's,
// a certificate's. In bytes.
const MaxText = 256
