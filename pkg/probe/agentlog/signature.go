package agentlog

import (
	_ "embed"
	"strings"
)

// table lists the signatures, one per line: kind, id, pattern. It was made from the
// agent's source (amazon-ssm-agent, 1c217c89 to 8003ce6e) and from public issues.
//
// A pattern is literal text, except: "{name}" matches one or more characters other than
// spaces and keeps them under that name ("-": not kept); "{name...}", the rest of the
// line; "*", anything on this line; "**", anything; a final "$", the end of the record.
// The first line of the table that matches a record wins.
//
//go:embed signatures.txt
var table string

// A kind is what a signature means.
type kind byte

const (
	noise kind = 'n' // to be ignored
	cause kind = 'c' // names a cause
	good  kind = 'g' // proves that something worked
	state kind = 's' // says what the agent is doing
	frame kind = 'w' // says what failed, and not why
)

// A signature is one line of the table.
type signature struct {
	kind kind
	id   string
	// begin is the literal text that a record must contain, and pattern what follows it.
	begin, pattern string
}

func signatures() []signature {
	all := make([]signature, 0, 192)
	for line := range strings.Lines(table) {
		id, pattern, _ := strings.Cut(strings.TrimSuffix(line, "\n")[2:], " ")
		n := literal(pattern)
		all = append(all, signature{kind(line[0]), id, pattern[:n], pattern[n:]})
	}
	return all
}

// literal returns the length of the literal text at the beginning of a pattern.
func literal(pattern string) int {
	if i := strings.IndexAny(pattern, "{*$"); i >= 0 {
		return i
	}
	return len(pattern)
}

// maxValue limits what a name in a pattern matches, in bytes.
const maxValue = 256

// maxTries limits at how many places of a record a pattern is tried.
const maxTries = 8

// A value is the part of a record that matches a name in the pattern.
type value struct{ name, text string }

// match reports whether a record has the signature, and returns its values.
func (s signature) match(text string) ([]value, bool) {
	for range maxTries {
		_, rest, ok := strings.Cut(text, s.begin)
		if !ok {
			return nil, false
		}
		if values, ok := follow(s.pattern, rest); ok {
			return values, true
		}
		text = rest
	}
	return nil, false
}

// follow matches a pattern, which does not begin with a literal, at the start of a text.
func follow(pattern, text string) ([]value, bool) {
	switch pattern {
	case "":
		return nil, true
	case "$":
		return nil, strings.TrimSpace(text) == ""
	}
	name, pattern, wild := hole(pattern)
	line, _, _ := strings.Cut(text, "\n")
	if name, ok := strings.CutSuffix(name, "..."); ok {
		return []value{{name, line}}, true
	}
	n := literal(pattern)
	next, pattern := pattern[:n], pattern[n:]
	switch {
	case wild == 2:
	case wild == 1:
		text = line
	default:
		end := strings.IndexAny(line, " \t")
		if end < 0 {
			end = len(line)
		}
		if next == "" {
			return []value{{name, line[:end]}}, end > 0
		}
		line = line[:min(len(line), end+len(next), maxValue)]
		i := strings.Index(line, next)
		if i < 1 || i > end {
			return nil, false
		}
		values, ok := follow(pattern, text[i+len(next):])
		return append(values, value{name, text[:i]}), ok
	}
	_, rest, ok := strings.Cut(text, next)
	if !ok {
		return nil, false
	}
	return follow(pattern, rest)
}

// hole splits off the placeholder that a pattern begins with. wild counts its stars.
func hole(pattern string) (name, rest string, wild int) {
	if rest, ok := strings.CutPrefix(pattern, "**"); ok {
		return "", rest, 2
	}
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return "", rest, 1
	}
	name, rest, _ = strings.Cut(pattern[1:], "}")
	return name, rest, 0
}
