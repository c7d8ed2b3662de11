package observation

import (
	"slices"
	"strings"
)

// HidePath gives what may be shown of a path that a setting names. A URL may
// stand where a path was wanted, with a password, and cleaning it as a path
// leaves one slash of two ("http:/user:password@host"): from the first colon
// that a URL or a user with a password can have, nothing more is shown. What
// it gives it gives again.
func HidePath(path string) string {
	for begin := 0; ; {
		colon, end := nextColon(path, begin)
		if colon < 0 {
			return path
		}
		drive := colon == 1 && isScheme(path[:1]) // of Windows
		behind := path[end:]
		if !drive && behind != "" && (strings.ContainsRune(`/\`, rune(behind[0])) || hasPrefixFold(behind, "%2f", "%5c") || lastAt(behind) >= 0) {
			return path[:end] + Hidden
		}
		begin = end
	}
}

// HidePaths is HidePath for a list whose parts are parted by colons.
func HidePaths(list string) string {
	for part := range strings.SplitSeq(list, ":") {
		absolute := strings.HasPrefix(part, "/") && !strings.HasPrefix(part, "//")
		last := part[strings.LastIndexByte(part, '/')+1:]
		if part != "" && (!absolute || knownScheme(last) || HidePath(part) != part) {
			return HidePath(list)
		}
	}
	return list
}

// nextColon finds the next colon, as it is or escaped for a URL, and its end.
func nextColon(s string, begin int) (at, end int) {
	for i := begin; i < len(s); i++ {
		switch {
		case s[i] == ':':
			return i, i + 1
		case hasPrefixFold(s[i:], "%3a"):
			return i, i + 3
		}
	}
	return -1, -1
}

// lastAt finds the last "@", as it is or escaped for a URL. -1: there is none.
func lastAt(s string) int {
	return max(strings.LastIndexByte(s, '@'), strings.LastIndex(s, "%40"))
}

func hasPrefixFold(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) })
}

// ShownSetting is the beginning of a setting's value that is no proxy, on one
// line.
func ShownSetting(value string) string { return Excerpt(HidePath(value)) }
