package remedy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// width is how wide a line of comment may be.
const width = 80

// A page is text in a language whose comments begin with one sign and end with
// the line. All of it is printable ASCII.
type page struct {
	b    strings.Builder
	sign string // "#", "//"
	// said are the steps that the page has already.
	said []string
}

// line adds one line. What a language could take for the end of a line is escaped, and
// so is everything that is not printable ASCII.
func (p *page) line(format string, a ...any) {
	if len(a) > 0 {
		format = fmt.Sprintf(format, a...)
	}
	p.b.WriteString(strings.TrimRight(oneLine(format), " ") + "\n")
}

// oneLine escapes what is neither printable ASCII nor a tab.
func oneLine(s string) string {
	if quote.Printable(strings.ReplaceAll(s, "\t", "")) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r >= ' ' && r <= '~' || r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteString(escaped(r))
		}
	}
	return b.String()
}

// lines adds lines as they are.
func (p *page) lines(list ...string) {
	for _, l := range list {
		p.line("%s", l)
	}
}

// gap adds an empty line, unless one is there or nothing is.
func (p *page) gap() {
	if s := p.b.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.b.WriteString("\n")
	}
}

// say adds a comment, wrapped by words. indent goes before the sign.
func (p *page) say(indent, text string) { p.hang(indent, "", text) }

// hang is say with a mark before the first line, under which the others begin.
func (p *page) hang(indent, mark, text string) {
	room := width - len(indent) - len(p.sign) - 1 - len(mark)
	for i, l := range wrap(printable(text), room) {
		if i > 0 {
			mark = strings.Repeat(" ", len(mark))
		}
		p.line("%s%s %s%s", indent, p.sign, mark, l)
	}
}

// quote adds the lines of another page, each as a comment.
func (p *page) quote(indent string, part *page) {
	for l := range strings.Lines(strings.TrimSpace(part.b.String())) {
		p.line("%s%s %s", indent, p.sign, strings.TrimRight(l, "\n"))
	}
}

// causes says what a part is for.
func (p *page) causes(indent string, list []cause) {
	for _, c := range list {
		p.say(indent, string(c.code)+": "+c.title)
	}
}

// otherwise lists what else to do about the causes: the steps for which nothing is
// generated, each once on a page.
func (p *page) otherwise(indent string, list []cause) {
	var rest []string
	for _, c := range list {
		rest = union(rest, c.left())
	}
	rest = slices.DeleteFunc(rest, func(f string) bool { return slices.Contains(p.said, f) })
	if len(rest) == 0 {
		return
	}
	p.say(indent, "If that does not help, do this by hand:")
	for _, f := range rest {
		p.hang(indent, "- ", f)
	}
	p.said = append(p.said, rest...)
}

// printable gives text as printable ASCII on one line: a comment ends with its
// line, and nothing in it may move a cursor or change the order of letters.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r == '…':
			b.WriteString("...")
		case r == '→':
			b.WriteString("->")
		case r == '–' || r == '—':
			b.WriteString("-")
		case r == '“' || r == '”':
			b.WriteString(`"`)
		case r == '‘' || r == '’':
			b.WriteString("'")
		default:
			b.WriteString(escaped(r))
		}
	}
	return b.String()
}

// escaped writes a character as HCL and YAML both read it in a string.
func escaped(r rune) string {
	if r < 0x10000 {
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// wrap breaks text by words; a word that is too long keeps its line.
func wrap(text string, room int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > room:
			out = append(out, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(out, line)
}

// quoted is a string of YAML and of JSON's kind, and of named.conf and
// unbound.conf. HCL's also escapes its templates: see hclString.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		default:
			b.WriteString(escaped(r))
		}
	}
	b.WriteByte('"')
	return b.String()
}

// hclString is a string of HCL in which nothing is a template.
func hclString(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(quoted(s))
}

// bare is a value, such as a name or an address, where the language has no quotes. If
// it has any other character, it is replaced by a word that no program accepts.
func bare(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".:_-%", r))
	}) {
		return "NOT_A_VALUE"
	}
	return s
}
