package service

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// unitLines calls each for every assignment in one section of a systemd unit file, with
// the number of its first line. Continued lines are joined, comments skipped
// (systemd.syntax(7)).
func unitLines(b []byte, section string, each func(line int, key, value string)) {
	current := ""
	var joined strings.Builder
	first := 0
	for n, line := range files.Lines(b) {
		line = strings.TrimLeft(line, " \t")
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue // a comment between continued lines does not end them
		}
		if first == 0 {
			first = n
		}
		if continued(line) {
			joined.WriteString(line[:len(line)-1] + " ")
			continue
		}
		whole := strings.TrimSpace(joined.String() + line)
		joined.Reset()
		at := first
		first = 0
		if strings.HasPrefix(whole, "[") && strings.HasSuffix(whole, "]") {
			current = whole[1 : len(whole)-1]
			continue
		}
		if key, value, ok := strings.Cut(whole, "="); ok && current == section {
			each(at, strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
}

// continued reports whether a line ends with an unescaped backslash.
func continued(line string) bool {
	n := len(line) - len(strings.TrimRight(line, `\`))
	return n%2 == 1
}

// unitWord splits off the first word of s, which is not empty and does not begin with a
// space. wrong says what is wrong with it: an unclosed quote or an invalid escape.
func unitWord(s string) (word, rest string, wrong observation.UnusedKind) {
	var b strings.Builder
	quote := byte(0)
	for s != "" {
		c := s[0]
		switch {
		case c == '\\':
			n, escaped, ok := unescape(s[1:])
			if !ok {
				return "", "", observation.UnusedEscape
			}
			b.WriteString(escaped)
			s = s[1+n:]
			continue
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String(), s, ""
		default:
			b.WriteByte(c)
		}
		s = s[1:]
	}
	if quote != 0 {
		return "", "", observation.UnusedQuote
	}
	return b.String(), "", ""
}

// unescape parses one of C's escapes, without its backslash, and returns its length and
// what it stands for.
func unescape(s string) (n int, text string, ok bool) {
	if s == "" {
		return 0, "", false
	}
	if i := strings.IndexByte(`abfnrtv\"'s`, s[0]); i >= 0 {
		return 1, "\a\b\f\n\r\t\v\\\"' "[i : i+1], true
	}
	digits, base := 0, 16
	switch s[0] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case '0', '1', '2', '3', '4', '5', '6', '7':
		s, digits, base = "0"+s, 3, 8
	}
	if digits == 0 || len(s) < 1+digits {
		return 0, "", false
	}
	code, err := strconv.ParseUint(s[1:1+digits], base, 32)
	if err != nil || code == 0 || code > utf8.MaxRune {
		return 0, "", false
	}
	if digits == 2 || base == 8 {
		if code > 255 {
			return 0, "", false
		}
		text = string([]byte{byte(code)})
	} else {
		text = string(rune(code))
	}
	if base == 8 {
		return 3, text, true
	}
	return 1 + digits, text, true
}
