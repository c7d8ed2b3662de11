package manual

import "strings"

// A Page explains one cause or one capability.
type Page struct {
	// Title is the code of the cause or the name of the capability.
	Title    string
	Sections []Section

	source string
}

// A Section is what stands below one heading.
type Section struct {
	Heading string
	Blocks  []Block
}

// A Block is a paragraph, an item of a list, or a block of commands.
type Block struct {
	Kind Kind
	// Marker begins an item: "-", or its number with a dot.
	Marker string
	// Text is on one line, except that of Commands. Code in it stands between
	// backquotes.
	Text string
}

// A Kind is what a block is.
type Kind int

// The kinds of blocks. What follows Commands is a Paragraph that says what they
// show.
const (
	Paragraph Kind = iota
	Item
	Commands
	Link // an item that is an address and nothing else
)

const fence = "```"

// parse takes a page apart. It has no errors: the pages are part of the
// program, and the tests hold them to what it reads.
func parse(source string) Page {
	p := Page{source: source}
	var blocks []Block // of the section that is being read
	open := false      // whether the next line continues the last block
	closeSection := func() {
		if n := len(p.Sections); n > 0 {
			p.Sections[n-1].Blocks = blocks
		}
		blocks, open = nil, false
	}
	commands := false
	for line := range strings.Lines(source) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, fence):
			if commands = !commands; commands {
				blocks = append(blocks, Block{Kind: Commands})
			}
			open = false
		case commands:
			b := &blocks[len(blocks)-1]
			b.Text = strings.TrimPrefix(b.Text+"\n"+line, "\n")
		case line == "":
			open = false
		case strings.HasPrefix(line, "# "):
			p.Title = line[len("# "):]
		case strings.HasPrefix(line, "## "):
			closeSection()
			p.Sections = append(p.Sections, Section{Heading: line[len("## "):]})
		default:
			b := item(line)
			if open && b.Kind == Paragraph {
				blocks[len(blocks)-1].Text += " " + strings.TrimSpace(line)
			} else {
				blocks = append(blocks, b)
			}
			open = true
		}
	}
	closeSection()
	return p
}

// item reads the first line of a list's item. Any other line is a Paragraph.
func item(line string) Block {
	marker, text, ok := strings.Cut(line, " ")
	number, numbered := strings.CutSuffix(marker, ".")
	switch {
	case !ok || marker != "-" && !(numbered && digits(number)):
		return Block{Text: line}
	case strings.HasPrefix(text, "<") && strings.HasSuffix(text, ">"):
		return Block{Kind: Link, Marker: marker, Text: text[1 : len(text)-1]}
	}
	return Block{Kind: Item, Marker: marker, Text: text}
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Markdown is the page as it was written, with its title at the given level of
// headings and its sections one below.
func (p Page) Markdown(level int) string {
	var b strings.Builder
	commands := false
	for line := range strings.Lines(p.source) {
		if strings.HasPrefix(line, fence) {
			commands = !commands
		}
		if !commands && strings.HasPrefix(line, "#") {
			b.WriteString(strings.Repeat("#", level-1))
		}
		b.WriteString(line)
	}
	return b.String()
}

// FirstSentence is as much of the page as a list of pages shows.
func (p Page) FirstSentence() string {
	if len(p.Sections) == 0 || len(p.Sections[0].Blocks) == 0 {
		return ""
	}
	text := p.Sections[0].Blocks[0].Text
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}
