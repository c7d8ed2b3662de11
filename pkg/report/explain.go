package report

import (
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
)

// placeholders says what the capitals in a page's commands stand for.
const placeholders = "HOST, ADDRESS, NAMESERVER, REGION and the like are placeholders: the findings of a report have the same commands with the values filled in."

// Explain writes the manual's page about a cause: what it means, how it comes
// about, how to prove it and how to fix it.
func Explain(w io.Writer, page manual.Page, o TextOptions) error {
	p := newPrinter(w, o)
	code := diagnose.Code(page.Title)
	p.para(0, nil, part{text: page.Title, style: p.strong}, say(" ("+strings.ToLower(mostWords(diagnose.AtMost(code)))+")"))
	p.page(page)
	if by := diagnose.ExplainedBy(code); len(by) > 0 {
		p.heading(explainedBy)
		p.para(2, nil, say(strings.Join(codes(by), ", ")))
	}
	p.blank()
	p.para(0, nil, say(placeholders))
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
				p.para(len(b.Marker)+1, []part{say(b.Marker)}, p.prose(b.Text)...)
			case manual.Paragraph:
				switch {
				case j > 0 && s.Blocks[j-1].Kind == manual.Commands:
					p.para(7, []part{say("    ->")}, p.prose(b.Text)...)
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
func (p *printer) prose(s string) []part {
	var parts []part
	for i, piece := range strings.Split(s, "`") {
		if i%2 == 0 {
			parts = append(parts, say(piece))
		} else {
			parts = append(parts, part{text: piece, style: p.strong, whole: columns(piece) < p.width-codeRoom})
		}
	}
	return parts
}

// codeRoom is what code in a sentence leaves free on a line: for the indent, and
// for what follows it without a space.
const codeRoom = 10

// mostWords says how much a cause matters at most.
func mostWords(s diagnose.Severity) string {
	switch s {
	case diagnose.Error:
		return "At most an error"
	case diagnose.Warning:
		return "At most a warning"
	}
	return "Information only"
}

// ExplainCapability writes what a capability is and needs. In its host names
// REGION stands for the Region.
func ExplainCapability(w io.Writer, c endpoint.Capability, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, part{text: string(c), style: p.strong}, say(" ("+c.Title()+")"))
	page, _ := manual.Lookup(string(c))
	p.page(page)
	p.heading(needsHeading)
	for _, n := range capabilityNeeds(c) {
		p.para(2, []part{say("-")}, say(n))
	}
	p.heading("See")
	p.line(2, "ssmcheck endpoints --region REGION --for "+string(c))
	p.line(2, "ssmcheck --region REGION --for "+string(c))
	return p.flush()
}

const needsHeading = "What it needs, all on TCP port 443"

// capabilityNeeds says in words what a capability cannot do without.
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

// exampleRegion stands for all others in what is told of a capability.
const exampleRegion = "us-east-2"

func targetWords(t endpoint.Target) string {
	if t.Bucket != "" {
		what := "bucket " + t.Bucket + " at " + t.Host + ": " + t.Purpose
		if strings.HasPrefix(t.Bucket, "patch-baseline-snapshot-") {
			what += " (with an ending in some Regions)"
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

// ExplainList writes what can be explained: every cause with the most that it
// can be, and every capability.
func ExplainList(w io.Writer, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, say("ssmcheck explain CODE and ssmcheck explain CAPABILITY print the whole page."))
	for _, chapter := range manual.Chapters() {
		p.heading(chapter.Title)
		for _, name := range chapter.Pages {
			label := []part{say("  "), {text: name, style: p.strong}}
			if c, err := endpoint.ParseCapability(name); err == nil {
				p.para(listColumn, label, say(c.Title()))
				continue
			}
			page, _ := manual.Lookup(name)
			label = append(label, say(" ("+string(diagnose.AtMost(diagnose.Code(name)))+")"))
			p.para(listColumn, label, p.prose(page.FirstSentence())...)
		}
	}
	return p.flush()
}

// listColumn is where the words of the list begin.
const listColumn = 6
