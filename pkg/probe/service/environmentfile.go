package service

import "strings"

// parseEnvironmentFile parses a file as systemd does an EnvironmentFile. os-release has
// the same format: shell assignments with quotes, but without expansions
// (systemd.exec(5); src/basic/env-file.c).
func parseEnvironmentFile(s string) []assignment {
	var all []assignment
	environmentLines(s, func(_ int, name, value string) {
		if a, ok := parseAssignment(name + "=" + value); ok {
			all = append(all, a)
		}
	})
	return all
}

// exported returns the assignment meant by one with the shell's "export" in front. To
// systemd that is part of the name, which makes the name invalid.
func exported(name, value string) (assignment, bool) {
	rest, ok := strings.CutPrefix(name, "export")
	if !ok || strings.TrimLeft(rest, " \t") == rest {
		return assignment{}, false
	}
	return parseAssignment(strings.TrimLeft(rest, " \t") + "=" + value)
}

// environmentLines calls each with the text before and after every "=", and the number
// of the line where it begins.
func environmentLines(s string, each func(line int, name, value string)) {
	line, counted := 1, s
	for s != "" {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			break
		}
		if s[0] == '#' || s[0] == ';' {
			s = afterComment(s)
			continue
		}
		end := strings.IndexAny(s, "=\n")
		if end < 0 {
			break
		}
		line += strings.Count(counted[:len(counted)-len(s)], "\n")
		counted = s
		name := s[:end]
		assigns := s[end] == '='
		s = s[end+1:]
		if !assigns {
			continue // a line without "=" is ignored
		}
		var value string
		value, s = shellValue(s)
		each(line, strings.TrimRight(name, " \t\r"), value)
	}
}

// afterComment skips a comment, which a backslash at the end of a line continues.
func afterComment(s string) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			return s[i+1:]
		}
	}
	return ""
}

// shellValue reads a value up to the end of its line, and returns the rest of the text.
// Quotes count only at the beginning of the value or right after a closing quote.
func shellValue(s string) (value, rest string) {
	var b strings.Builder
	// keep is the length of b without trailing space.
	keep := 0
	begins := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\n':
			return b.String()[:keep], s[i+1:]
		case begins && (c == '\'' || c == '"'):
			i = quotedPiece(&b, s, i)
			keep = b.Len()
		case c == '\\':
			begins = false
			if i++; i < len(s) && s[i] != '\n' {
				b.WriteByte(s[i])
				keep = b.Len()
			}
		case c == ' ' || c == '\t' || c == '\r':
			if !begins {
				b.WriteByte(c)
			}
		default:
			begins = false
			b.WriteByte(c)
			keep = b.Len()
		}
	}
	return b.String()[:keep], ""
}

// quotedPiece writes the text in the quotes that open at i, and returns the index of the
// closing one.
func quotedPiece(b *strings.Builder, s string, i int) int {
	quote := s[i]
	for i++; i < len(s) && s[i] != quote; i++ {
		if quote == '"' && s[i] == '\\' && i+1 < len(s) {
			i++
			if !strings.ContainsRune("\"\\`$\n", rune(s[i])) {
				b.WriteByte('\\')
			}
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return i
}

// OsRelease returns the assignments in os-release (os-release(5)). Empty: it does not
// exist or cannot be read.
func (p Reader) OsRelease() map[string]string {
	values := map[string]string{}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		b, failure := p.ReadFile(name)
		if failure != nil {
			continue
		}
		for _, pair := range parseEnvironmentFile(string(b)) {
			values[pair.name] = pair.value
		}
		if values["PRETTY_NAME"] != "" {
			break
		}
	}
	return values
}
