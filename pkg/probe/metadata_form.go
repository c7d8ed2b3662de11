package probe

import (
	"slices"
	"strings"
)

// The forms of what metadata says. An answer of another form comes from another
// server. They are functions: compiling the expressions cost every run on EC2 a
// fiftieth of its processor time.

func isInstanceID(s string) bool    { return isHexID(s, "i-") }
func isVPCID(s string) bool         { return isHexID(s, "vpc-") }
func isSecurityGroup(s string) bool { return isHexID(s, "sg-") }

// isHexID reports whether s is the prefix and 8 to 17 hexadecimal digits.
func isHexID(s, prefix string) bool {
	digits, ok := strings.CutPrefix(s, prefix)
	return ok && consistsOf(digits, 8, 17, isHexDigit)
}

// isMACAddress reports whether s is six pairs of digits.
func isMACAddress(s string) bool {
	pairs := strings.Split(s, ":")
	return len(pairs) == 6 && !slices.ContainsFunc(pairs, func(p string) bool { return !consistsOf(p, 2, 2, isHexDigit) })
}

// isZoneName accepts us-east-2b, us-west-2-lax-1a and us-east-1-wl1-bos-wlz-1.
func isZoneName(s string) bool {
	area, rest, _ := strings.Cut(s, "-")
	parts := strings.Split(rest, "-")
	if !consistsOf(area, 2, 8, isLower) || len(parts) < 2 || len(parts) > 7 {
		return false
	}
	return !slices.ContainsFunc(parts, func(p string) bool {
		return !consistsOf(p, 1, 16, func(c byte) bool { return isLower(c) || isDigit(c) })
	})
}

func isRoleName(s string) bool {
	return consistsOf(s, 1, 64, func(c byte) bool {
		return isLower(c) || 'A' <= c && c <= 'Z' || isDigit(c) || strings.IndexByte("+=,.@_-", c) >= 0
	})
}

// consistsOf reports whether s has between least and most bytes, all of them of
// one kind.
func consistsOf(s string, least, most int, is func(byte) bool) bool {
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

func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isHexDigit(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }
