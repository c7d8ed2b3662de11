// Package manual is ssmcheck's manual: one Markdown page for each cause and
// each capability, in a file named after it, and README.md, which lists them.
// `ssmcheck explain` prints the pages, and docs/causes.md is made of them.
//
// The package finds pages and takes them apart. It does not know which causes
// exist or how severe they are (pkg/diagnose does), it does not lay text out
// for a terminal (pkg/report does), and it reads no Markdown but its own:
// headings, paragraphs, lists, blocks of commands and links to AWS's pages.
package manual

import (
	"embed"
	"strings"
)

//go:embed *.md
var files embed.FS

// contents is the page that lists the others.
const contents = "README"

// A Chapter is a group of pages that belong together.
type Chapter struct {
	Title string
	Pages []string
}

// Chapters lists every page, in reading order.
func Chapters() []Chapter {
	source, _ := read(contents)
	page := parse(source)
	chapters := make([]Chapter, 0, len(page.Sections))
	for _, s := range page.Sections {
		c := Chapter{Title: s.Heading}
		for _, b := range s.Blocks {
			name, _, _ := strings.Cut(strings.TrimPrefix(b.Text, "["), "]")
			c.Pages = append(c.Pages, name)
		}
		chapters = append(chapters, c)
	}
	return chapters
}

// Preface is the Markdown that stands before the list of pages.
func Preface() string {
	source, _ := read(contents)
	before, _, _ := strings.Cut(source, "\n## ")
	return before
}

// Lookup returns the page of a cause or a capability. It reports false if there
// is none.
func Lookup(name string) (Page, bool) {
	source, ok := read(name)
	if !ok || name == contents {
		return Page{}, false
	}
	return parse(source), true
}

func read(name string) (source string, ok bool) {
	// The only error is that there is no such file.
	b, err := files.ReadFile(name + ".md")
	return string(b), err == nil
}

// Anchor is the fragment that leads to a page within docs/causes.md. It is the
// one that GitHub makes of the page's title, so it needs no lookup and also
// holds for a page of another version.
func Anchor(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}
