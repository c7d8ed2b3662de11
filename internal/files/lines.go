package files

import (
	"iter"
	"strings"
)

// Lines iterates over the lines of a file, without their ends, numbered from one.
func Lines(b []byte) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(string(b)) {
			n++
			if !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}

// Fields splits a line as Go's resolver does: at spaces, tabs and line ends, but not at
// other Unicode spaces.
func Fields(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\r' || r == '\n'
	})
}
