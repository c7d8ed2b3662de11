package report

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"
)

// DefaultWidth is the number of columns that a text report fits in.
const DefaultWidth = 80

// A span is a piece of text in one style. It is broken at its spaces where a
// line ends, unless it is nowrap: then it stays whole, even beyond the line's end.
type span struct {
	text   string
	style  *color.Color // nil: plain
	nowrap bool
}

// textSpan is plain text.
func textSpan(text string) span { return span{text: text} }

// bold is s in bold.
func (p *printer) bold(s string) span { return span{text: s, style: p.strong} }

// nowrap is plain text that is never broken at its spaces.
func nowrap(text string) span { return span{text: text, nowrap: true} }

// A printer writes the text formats: it alone has the writer, sanitises all text
// and wraps lines by words. It keeps the writer's first error, and writes nothing
// after it.
type printer struct {
	w     *bufio.Writer
	ascii bool
	width int
	styles

	// run is text of one style that is not written yet: the colour is set once
	// for all of it.
	run   strings.Builder
	style *color.Color
}

// styles belong to one printer, so that no writer's choice of colour affects
// another's. Colours only repeat what words say.
type styles struct {
	good, warning, bad, quiet, strong *color.Color
}

func newPrinter(w io.Writer, o TextOptions) *printer {
	style := func(a ...color.Attribute) *color.Color {
		c := color.New(a...)
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	width := o.Width
	if width <= 0 {
		width = DefaultWidth
	}
	return &printer{
		w:     bufio.NewWriter(w),
		ascii: o.ASCII,
		width: max(width, 40),
		styles: styles{
			good:    style(color.FgGreen, color.Bold),
			warning: style(color.FgYellow, color.Bold),
			bad:     style(color.FgRed, color.Bold),
			quiet:   style(color.FgCyan, color.Bold),
			strong:  style(color.Bold),
		},
	}
}

// flush returns the first error of the writer.
func (p *printer) flush() error {
	p.endRun()
	return p.w.Flush()
}

// blank ends a line or a paragraph.
func (p *printer) blank() { p.write("\n", nil) }

// heading begins a section after a blank line.
func (p *printer) heading(s string) {
	p.blank()
	p.para(0, nil, span{text: s, style: p.strong})
}

// write adds text to the run, or begins a new one.
func (p *printer) write(text string, style *color.Color) {
	if style != p.style {
		p.endRun()
		p.style = style
	}
	p.run.WriteString(text)
}

func (p *printer) endRun() {
	text := p.run.String()
	p.run.Reset()
	if p.style != nil && text != "" {
		text = p.style.Sprint(text)
	}
	p.w.WriteString(text)
}

// line writes one line as it is, however long: a command to be pasted.
func (p *printer) line(indent int, text string) {
	p.spaces(indent)
	p.writeSpan(textSpan(text))
	p.blank()
}

// para writes label, then the body wrapped by words, each of its lines from column
// hang on. A label that reaches that column has a line of its own.
func (p *printer) para(hang int, label []span, body ...span) {
	col := 0
	for _, l := range label {
		col += p.writeSpan(l)
	}
	words := split(body)
	if len(words) == 0 {
		p.blank()
		return
	}
	if col > 0 && col >= hang {
		p.blank()
		col = 0
	}
	p.spaces(hang - col)
	col = hang
	for i, w := range words {
		n := p.columnsOf(w)
		switch {
		case i == 0:
		case col+1+n > p.width:
			p.blank()
			p.spaces(hang)
			col = hang
		case w[0].style == p.style:
			p.write(" ", p.style)
			col++
		default:
			p.write(" ", nil)
			col++
		}
		col = p.word(hang, col, w)
	}
	p.blank()
}

// comment writes text as comments of a shell, a line each, so that whatever of them is
// pasted runs nothing.
func (p *printer) comment(indent int, text string) {
	line := "#"
	for _, w := range strings.Fields(text) {
		if line != "#" && indent+columns(Sanitise(line+" "+w, p.ascii)) > p.width {
			p.line(indent, line)
			line = "#"
		}
		line += " " + w
	}
	p.line(indent, line)
}

// fits reports whether the body takes one line from column hang on.
func (p *printer) fits(hang int, body []span) bool {
	n := hang - 1
	for _, w := range split(body) {
		n += 1 + p.columnsOf(w)
	}
	return n <= p.width
}

// word writes one word at col and returns the column after it. A word that is
// longer than a whole line is broken where breakAt says, unless a piece of it is
// whole.
func (p *printer) word(hang, col int, w []span) int {
	if col+p.columnsOf(w) <= p.width || slices.ContainsFunc(w, func(x span) bool { return x.nowrap }) {
		for _, x := range w {
			col += p.writeSpan(x)
		}
		return col
	}
	rest := p.letters(w)
	for len(rest) > 0 {
		n := breakAt(rest, p.width-col)
		for _, l := range rest[:n] {
			p.write(string(l.rune), l.style)
			col += l.columns
		}
		if rest = rest[n:]; len(rest) > 0 {
			p.blank()
			p.spaces(hang)
			col = hang
		}
	}
	return col
}

// A letter is one character of a word that is sanitised.
type letter struct {
	rune    rune
	style   *color.Color
	columns int
}

func (p *printer) letters(w []span) []letter {
	var all []letter
	for _, x := range w {
		for _, r := range Sanitise(x.text, p.ascii) {
			all = append(all, letter{r, x.style, columns(string(r))})
		}
	}
	return all
}

// maxOverflow is how many columns of an unbreakable word are written on one line,
// however narrow: more than any path or host name has between two slashes.
const maxOverflow = 256

// breakAt is how many letters of a word go on a line with that much room: up to the
// last sign there that separates the parts of a path, a URL or a list. Without one the
// line gets too long and the terminal wraps it, since a name that is cut cannot be
// copied. Only what exceeds maxOverflow is cut.
func breakAt(rest []letter, room int) int {
	last, n, cut := 0, 0, 1
	for i, l := range rest {
		n += l.columns
		if n > room && last > 0 {
			return last
		}
		if n > max(room, maxOverflow) {
			break
		}
		if n <= room {
			cut = i + 1
		}
		if i+1 == len(rest) || l.parts() && !rest[i+1].parts() {
			if last = i + 1; n > room || last == len(rest) {
				return last
			}
		}
	}
	return cut
}

// parts reports whether a word may be broken behind the letter.
func (l letter) parts() bool { return strings.ContainsRune("/,=:", l.rune) }

// split breaks spans at their spaces into words. Spans with no space between
// them make one word.
func split(body []span) [][]span {
	var words [][]span
	open := false
	add := func(x span) {
		if open {
			words[len(words)-1] = append(words[len(words)-1], x)
		} else {
			words = append(words, []span{x})
		}
		open = true
	}
	for _, b := range body {
		if b.nowrap {
			if b.text != "" {
				add(b)
			}
			continue
		}
		for i, piece := range strings.Split(b.text, " ") {
			if i > 0 {
				open = false
			}
			if piece != "" {
				add(span{text: piece, style: b.style})
			}
		}
	}
	return words
}

func (p *printer) columnsOf(w []span) int {
	n := 0
	for _, x := range w {
		n += columns(Sanitise(x.text, p.ascii))
	}
	return n
}

// writeSpan sanitises and writes x, and returns the columns written.
func (p *printer) writeSpan(x span) int {
	text := Sanitise(x.text, p.ascii)
	p.write(text, x.style)
	return columns(text)
}

func (p *printer) spaces(n int) {
	if n > 0 {
		p.write(strings.Repeat(" ", n), nil)
	}
}
