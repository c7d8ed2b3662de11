package observation

import (
	"strings"
)

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

func IsDigit(c byte) bool { return '0' <= c && c <= '9' }

func IsHexDigit(c byte) bool { return IsDigit(c) || 'a' <= c && c <= 'f' }
