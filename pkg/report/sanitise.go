package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// Sanitise makes s safe for a terminal and for a log: every character that
// could move the cursor, change the direction or the order of the text, join
// the one before it, or not be seen at all is written as an escape (`\x1b`,
// `\u202e`). So are bytes that are not UTF-8. The result is one line.
//
// With ascii, the few signs of our own texts are spelled in ASCII, and all else
// beyond ASCII is escaped.
func Sanitise(s string, ascii bool) string {
	if quote.Printable(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !safe(r):
			b.WriteString(escape(r))
		case ascii && r >= utf8.RuneSelf:
			b.WriteString(spell(r))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// notPasteable replaces a command that cannot be shown unchanged. It is a comment in
// every shell.
const notPasteable = "# a command is left out: it has characters that cannot be pasted safely"

// pasteable is a command unchanged, or notPasteable. Its words are quoted for a shell:
// an escape or another spelling of a character would change them, and could end their
// quotes.
func pasteable(command string) string {
	if !quote.Printable(command) {
		return notPasteable
	}
	return command
}

// Shorten sanitises s, and cuts it to at most width columns of a terminal.
func Shorten(s string, width int, ascii bool) string {
	s = Sanitise(s, ascii)
	if columns(s) <= width {
		return s
	}
	n := 0
	for i, r := range s {
		if n += columns(string(r)); n > width-3 {
			return s[:i] + "..."
		}
	}
	return s
}

// CSVCell makes s safe for a terminal, and for a spreadsheet, which takes a cell
// that begins with one of these signs for a formula.
func CSVCell(s string) string {
	if s = Sanitise(s, false); s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}

// MetricLabel is the value of a label in Prometheus' text format.
func MetricLabel(s string) string {
	return labelEscapes.Replace(Sanitise(s, false))
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// MarkdownText escapes a text so that nothing in it is markup. Unlike mdText it
// keeps the spaces around the text.
func MarkdownText(s string) string {
	var b strings.Builder
	for _, r := range Sanitise(s, false) {
		if strings.ContainsRune("\\`*_[]<>|#~&!", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// safe reports whether r may reach a terminal as it is. strconv.IsPrint leaves
// out control and format characters and every space but the plain one; marks
// join the character before them, letters written from right to left reorder
// their neighbours, and some letters and patterns show nothing.
func safe(r rune) bool {
	return strconv.IsPrint(r) && !unicode.Is(unicode.M, r) && !rightToLeft(r) && !unicode.Is(quote.Invisible, r)
}

// rightToLeft covers the blocks of Unicode that hold characters written from
// right to left.
func rightToLeft(r rune) bool {
	switch {
	case r >= 0x0590 && r <= 0x08ff,
		r >= 0xfb1d && r <= 0xfdff,
		r >= 0xfe70 && r <= 0xfeff,
		r >= 0x10800 && r <= 0x10fff,
		r >= 0x1e800 && r <= 0x1efff:
		return true
	}
	return false
}

// escape writes r as Go and most shells and languages would.
func escape(r rune) string {
	switch {
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// spell writes the signs that our own texts use in ASCII.
func spell(r rune) string {
	switch r {
	case '…':
		return "..."
	case '→':
		return "->"
	case '–', '—', '·', '•', '−':
		return "-"
	case '“', '”':
		return `"`
	case '‘', '’':
		return "'"
	case '≥':
		return ">="
	case '≤':
		return "<="
	case '×':
		return "x"
	case 'µ', 'μ':
		return "u"
	}
	return escape(r)
}

// columns is the number of terminal columns that a sanitised text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

// wide covers the characters that take two columns: Chinese, Japanese and
// Korean letters with their full-width forms, and pictures.
func wide(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x115f,
		r >= 0x231a && r <= 0x23ff,
		r >= 0x25fd && r <= 0x2bff,
		r >= 0x2e80 && r <= 0xa4cf,
		r >= 0xa960 && r <= 0xa97f,
		r >= 0xac00 && r <= 0xd7ff,
		r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff01 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6,
		r >= 0x16fe0 && r <= 0x1b2ff,
		r >= 0x1f000 && r <= 0x1faff,
		r >= 0x20000 && r <= 0x3fffd:
		return true
	}
	return false
}
