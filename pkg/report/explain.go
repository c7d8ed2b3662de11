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

// placeholders says what the capitals in a page's commands stand for.
const placeholders = "HOST, ADDRESS, NAMESERVER, REGION and the like are placeholders: " +
	"the commands of a report have the values of its node."

// Explain writes the manual's page about a cause: what it means, how it comes
// about, how to prove it and how to fix it.
func Explain(w io.Writer, page manual.Page, o TextOptions) error {
	p := newPrinter(w, o)
	code := diagnose.Code(page.Title)
	most := strings.ToLower(mostWords(diagnose.AtMost(code)))
	p.para(0, nil, span{text: page.Title, style: p.strong}, textSpan(" ("+most+")"))
	p.page(page)
	if by := diagnose.ExplainedBy(code); len(by) > 0 {
		p.heading(explainedBy)
		p.para(2, nil, textSpan(joinAnd(by)))
	}
	p.blank()
	p.para(0, nil, textSpan(placeholders))
	return p.flush()
}

// explainedBy introduces the causes that explain another one.
const explainedBy = "Not reported if one of these explains it"

// page writes the sections of a page. The first follows the title and needs no
// heading.
func (p *printer) page(page manual.Page) {
	for i, s := range page.Sections {
		if i > 0 {
			p.heading(s.Heading)
		}
		for j, b := range s.Blocks {
			switch b.Kind {
			case manual.Commands:
				for line := range strings.SplitSeq(b.Text, "\n") {
					p.line(2, line)
				}
			case manual.Link:
				p.line(2, b.Text)
			case manual.Item:
				p.para(len(b.Marker)+1, []span{textSpan(b.Marker)}, p.prose(b.Text)...)
			case manual.Paragraph:
				switch {
				case j > 0 && s.Blocks[j-1].Kind == manual.Commands:
					p.para(7, []span{textSpan("    ->")}, p.prose(b.Text)...)
				case i == 0:
					p.blank()
					p.para(0, nil, p.prose(b.Text)...)
				default:
					p.para(2, nil, p.prose(b.Text)...)
				}
			}
		}
	}
}

// prose takes the backquotes off a text of the manual. Code that fits on a line
// is not broken at its spaces.
func (p *printer) prose(s string) []span {
	var parts []span
	for i, piece := range strings.Split(s, "`") {
		if i%2 == 0 {
			parts = append(parts, textSpan(piece))
		} else {
			parts = append(parts, span{text: piece, style: p.strong, nowrap: columns(piece) < p.width-codeRoom})
		}
	}
	return parts
}

// codeRoom is what code in a sentence leaves free on a line, for the indent and
// for punctuation.
const codeRoom = 10

// mostWords names a cause's highest severity.
func mostWords(s diagnose.Severity) string {
	switch s {
	case diagnose.Error:
		return "Error or warning"
	case diagnose.Warning:
		return "Warning"
	}
	return "Information only"
}

// ExplainCapability writes what a capability is and needs. In its host names
// REGION stands for the Region.
func ExplainCapability(w io.Writer, c endpoint.Capability, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, span{text: string(c), style: p.strong}, textSpan(" ("+c.Title()+")"))
	page, _ := manual.Lookup(string(c))
	p.page(page)
	p.heading(needsHeading)
	for _, n := range capabilityNeeds(c) {
		p.para(2, []span{textSpan("-")}, textSpan(n))
	}
	p.heading("See")
	p.line(2, "ssmcheck endpoints --region REGION --for "+string(c))
	p.line(2, "ssmcheck --region REGION --for "+string(c))
	return p.flush()
}

const needsHeading = "What it needs, all on TCP port 443"

// capabilityNeeds says what a capability requires.
func capabilityNeeds(c endpoint.Capability) []string {
	r, err := endpoint.LookupRegion(exampleRegion)
	if err != nil {
		return nil
	}
	req := endpoint.Require(r, []endpoint.Capability{c}, endpoint.Options{Windows: true})
	var lines []string
	for _, need := range req.Needs[c] {
		var either []string
		for _, name := range need {
			for _, t := range req.Targets {
				if t.Name == name {
					either = append(either, targetWords(t))
				}
			}
		}
		lines = append(lines, strings.ReplaceAll(strings.Join(either, "; or "), exampleRegion, "REGION"))
	}
	return lines
}

// exampleRegion stands for every Region in the page of a capability.
const exampleRegion = "us-east-2"

func targetWords(t endpoint.Target) string {
	if t.Bucket != "" {
		what := "bucket " + t.Bucket + " at " + t.Host + ": " + t.Purpose
		if strings.HasPrefix(t.Bucket, "patch-baseline-snapshot-") {
			what += " (with a suffix in some Regions)"
		}
		if strings.HasPrefix(t.Bucket, "aws-windows-downloads-") {
			what += ", on Windows"
		}
		return what
	}
	what := t.Host + ": " + t.Purpose
	if t.WebSocket {
		what += ", with WebSocket"
	}
	return what
}

// ExplainList writes what can be explained: every cause with its highest severity,
// and every capability.
func ExplainList(w io.Writer, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, textSpan("ssmcheck explain CODE and ssmcheck explain CAPABILITY print the whole page."))
	for _, chapter := range manual.Chapters() {
		p.heading(chapter.Title)
		for _, name := range chapter.Pages {
			label := []span{textSpan("  "), {text: name, style: p.strong}}
			if c, err := endpoint.ParseCapability(name); err == nil {
				p.para(listColumn, label, textSpan(c.Title()))
				continue
			}
			page, _ := manual.Lookup(name)
			label = append(label, textSpan(" ("+string(diagnose.AtMost(diagnose.Code(name)))+")"))
			p.para(listColumn, label, p.prose(page.FirstSentence())...)
		}
	}
	return p.flush()
}

// listColumn is where the words of the list begin.
const listColumn = 6

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
		fmt.Fprintf(b, "- %s\n", MarkdownText(n))
	}
}

// explainCause writes a page, and what the diagnosis knows about its cause: its
// highest severity after the title, and what explains it at the end.
func explainCause(b *bufio.Writer, page manual.Page) {
	code := diagnose.Code(page.Title)
	title, sections, _ := strings.Cut(page.Markdown(pageLevel), "\n")
	fmt.Fprintf(b, "%s\n\n*%s.*\n%s", title, mostWords(diagnose.AtMost(code)), sections)
	if by := diagnose.ExplainedBy(code); len(by) > 0 {
		links := wordsOf(by, func(c diagnose.Code) string { return pageLink(string(c)) })
		fmt.Fprintf(b, "\n%s: %s.\n", explainedBy, strings.Join(links, ", "))
	}
}

// pageLink links to a page within the whole manual.
func pageLink(name string) string { return fmt.Sprintf("[%s](#%s)", name, manual.Anchor(name)) }
