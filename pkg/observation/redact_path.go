package observation

import (
	"slices"
	"strings"
)

// HidePath returns what may be shown of a path in a setting. The setting may have a URL
// with a password instead, which loses a slash when it is cleaned as a path
// ("http:/user:password@host"): nothing is shown after the first colon that may belong to a
// URL or precede a password. HidePath is idempotent.
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

// HidePaths is HidePath for a list separated by colons.
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

// nextColon finds the next colon, plain or URL-escaped, and its end.
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

// lastAt finds the last "@", plain or URL-escaped. -1: there is none.
func lastAt(s string) int {
	return max(strings.LastIndexByte(s, '@'), strings.LastIndex(s, "%40"))
}

func hasPrefixFold(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) })
}

// ShownSetting returns what may be shown of a setting that is not a proxy, on one line.
func ShownSetting(value string) string { return Excerpt(HidePath(value)) }
