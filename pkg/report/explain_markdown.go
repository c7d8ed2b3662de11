package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
)

// pageLevel is the level of a page's heading: below that of its chapter.
const pageLevel = 3

// ManualMarkdown writes the whole manual as one page. docs/causes.md is this
// page.
func ManualMarkdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(manual.Preface())
	chapters := manual.Chapters()
	for _, chapter := range chapters {
		fmt.Fprintf(b, "\n%s:\n\n", chapter.Title)
		for _, name := range chapter.Pages {
			b.WriteString("- " + pageLink(name))
			if most := diagnose.AtMost(diagnose.Code(name)); most != "" {
				fmt.Fprintf(b, " (%s)", most)
			}
			b.WriteByte('\n')
		}
	}
	for _, chapter := range chapters {
		fmt.Fprintf(b, "\n## %s\n", chapter.Title)
		for _, name := range chapter.Pages {
			b.WriteByte('\n')
			if c, err := endpoint.ParseCapability(name); err == nil {
				explainCapability(b, c)
			} else if page, ok := manual.Lookup(name); ok {
				explainCause(b, page)
			}
		}
	}
	return b.Flush()
}

// CauseMarkdown writes the manual's page about a cause.
func CauseMarkdown(w io.Writer, page manual.Page) error {
	b := bufio.NewWriter(w)
	explainCause(b, page)
	return b.Flush()
}

// CapabilityMarkdown writes what a capability is and needs.
func CapabilityMarkdown(w io.Writer, c endpoint.Capability) error {
	b := bufio.NewWriter(w)
	explainCapability(b, c)
	return b.Flush()
}

func explainCapability(b *bufio.Writer, c endpoint.Capability) {
	page, _ := manual.Lookup(string(c))
	fmt.Fprintf(b, "%s\n%s %s\n\n", page.Markdown(pageLevel), strings.Repeat("#", pageLevel+1), needsHeading)
	for _, n := range capabilityNeeds(c) {
		fmt.Fprintf(b, "- %s\n", plainMarkdown(n))
	}
}

// explainCause writes a page, and what the diagnosis knows about its cause:
// after the title the most that it can be, and at the end what explains it.
func explainCause(b *bufio.Writer, page manual.Page) {
	code := diagnose.Code(page.Title)
	title, sections, _ := strings.Cut(page.Markdown(pageLevel), "\n")
	fmt.Fprintf(b, "%s\n\n*%s.*\n%s", title, mostWords(diagnose.AtMost(code)), sections)
	if by := diagnose.ExplainedBy(code); len(by) > 0 {
		links := make([]string, len(by))
		for i, c := range by {
			links[i] = pageLink(string(c))
		}
		fmt.Fprintf(b, "\n%s: %s.\n", explainedBy, strings.Join(links, ", "))
	}
}

// pageLink leads to a page within the whole manual.
func pageLink(name string) string { return fmt.Sprintf("[%s](#%s)", name, manual.Anchor(name)) }

// plainMarkdown writes a text so that no sign in it is taken for markup. Unlike
// mdText it keeps the spaces around the text.
func plainMarkdown(s string) string {
	var b strings.Builder
	for _, r := range Sanitise(s, false) {
		if strings.ContainsRune("\\`*_[]<>|#~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
