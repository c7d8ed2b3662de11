package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

func TestSanitise(t *testing.T) {
	for _, c := range []struct{ in, want, ascii string }{
		{"plain text, 10.0.1.7:443", "plain text, 10.0.1.7:443", "plain text, 10.0.1.7:443"},
		{"\x1b[2J\x1b]0;owned\x07", `\x1b[2J\x1b]0;owned\x07`, `\x1b[2J\x1b]0;owned\x07`},
		{"a\r\nPASS\tb\x00\x7f", `a\x0d\x0aPASS\x09b\x00\x7f`, `a\x0d\x0aPASS\x09b\x00\x7f`},
		{"\u009b31m", `\x9b31m`, `\x9b31m`},                                                                          // CSI in one character
		{"\xff\xfe", `\xff\xfe`, `\xff\xfe`},                                                                         // no UTF-8
		{"a\u202egnp.exe", `a\u202egnp.exe`, `a\u202egnp.exe`},                                                       // right-to-left override
		{"a\u2066b\u2069", `a\u2066b\u2069`, `a\u2066b\u2069`},                                                       // isolates
		{"a\u200bb\ufeff\u00ad", `a\u200bb\ufeff\xad`, `a\u200bb\ufeff\xad`},                                         // not to be seen
		{"a\u2028b\u2029\u0085", `a\u2028b\u2029\x85`, `a\u2028b\u2029\x85`},                                         // line ends
		{"e\u0301\u0489", `e\u0301\u0489`, `e\u0301\u0489`},                                                          // marks
		{"a\u00a0b\u3000c", `a\xa0b\u3000c`, `a\xa0b\u3000c`},                                                        // other spaces
		{"\u05d0\u0627", `\u05d0\u0627`, `\u05d0\u0627`},                                                             // letters from right to left
		{"\U000e0041\U000f0000", `\U000e0041\U000f0000`, `\U000e0041\U000f0000`},                                     // tags, private use
		{"a\u2800b\u3164\u115f\u1160\uffa0", `a\u2800b\u3164\u115f\u1160\uffa0`, `a\u2800b\u3164\u115f\u1160\uffa0`}, // letters that show nothing
		{"\u034f\u17b4\u180e\ufe0f\ufff0\U0001bca0\U000e0fff", `\u034f\u17b4\u180e\ufe0f\ufff0\U0001bca0\U000e0fff`, `\u034f\u17b4\u180e\ufe0f\ufff0\U0001bca0\U000e0fff`},
		{"a…b → “c” – 3 µs ·", "a…b → “c” – 3 µs ·", `a...b -> "c" - 3 us -`},
		{"Käse 日本", "Käse 日本", `K\xe4se \u65e5\u672c`},
		{"\U0001f600", "\U0001f600", `\U0001f600`},
	} {
		if got := Sanitise(c.in, false); got != c.want {
			t.Errorf("Sanitise(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := Sanitise(c.in, true); got != c.ascii {
			t.Errorf("Sanitise(%q) in ASCII = %q, want %q", c.in, got, c.ascii)
		}
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "Käse": 4, "日本": 4, "한글": 4, "…→": 2, "\U0001f600": 2, "ａ": 2} {
		if got := columns(s); got != want {
			t.Errorf("columns(%q) = %d, want %d", s, got, want)
		}
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[31m", "\u202e", "\xff", "…", "日本", "\U000e0041"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, ascii := range []bool{false, true} {
			got := Sanitise(s, ascii)
			if !utf8.ValidString(got) {
				t.Errorf("Sanitise(%q) is no UTF-8: %q", s, got)
			}
			for _, r := range got {
				if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.M, unicode.Bidi_Control, quote.Invisible) || ascii && r > '~' {
					t.Errorf("Sanitise(%q) lets %U pass: %q", s, r, got)
				}
			}
			if again := Sanitise(got, ascii); again != got {
				t.Errorf("sanitise is not settled: %q becomes %q", got, again)
			}
			if strings.TrimSpace(s) == s && quote.Printable(s) && got != s {
				t.Errorf("Sanitise(%q) changed plain text to %q", s, got)
			}
		}
	})
}
