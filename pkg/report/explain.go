package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// Placeholders says what the capitals in an explanation's commands stand for.
const Placeholders = "HOST, ADDRESS, NAMESERVER, REGION and the like stand for what a report of ssmcheck names: its findings have the same commands with the values filled in."

// windowsCommands are those that do the same there.
const windowsCommands = "On Windows: Resolve-DnsName HOST -Server NAMESERVER for dig, Test-NetConnection ADDRESS -Port 443 for nc, curl.exe for curl."

// Explain writes what there is to know of one cause.
func Explain(w io.Writer, e diagnose.Explanation, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, part{text: string(e.Code), style: p.strong}, say(" ("+strings.ToLower(mostWords(e.AtMost))+")"))
	p.blank()
	p.para(0, nil, say(e.Summary))
	p.items("How it comes about", "-", e.How)
	if len(e.Prove) > 0 {
		p.heading("Prove it by hand")
	}
	for _, s := range e.Prove {
		for line := range strings.SplitSeq(s.Command, "\n") {
			p.line(2, line)
		}
		p.para(7, []part{say("    ->")}, say(s.Shows))
	}
	p.items("Fix", "1.", e.Fix)
	if len(e.GivesWayTo) > 0 {
		p.heading("Not told where one of these explains it")
		p.para(2, nil, say(strings.Join(codes(e.GivesWayTo), ", ")))
	}
	p.heading("AWS's documentation")
	if len(e.See) == 0 {
		p.para(2, nil, say(notDocumented))
	}
	for _, url := range e.See {
		p.line(2, url)
	}
	if len(e.Prove) > 0 {
		p.blank()
		p.para(0, nil, say(Placeholders))
	}
	return p.flush()
}

// notDocumented stands where AWS has no page on a cause, so that none is missed.
const notDocumented = "AWS does not document it."

// items writes a list, with numbers where mark is one.
func (p *printer) items(title, mark string, list []string) {
	if len(list) == 0 {
		return
	}
	p.heading(title)
	for i, s := range list {
		if mark == "1." {
			p.para(3, []part{say(fmt.Sprintf("%d.", i+1))}, say(s))
		} else {
			p.para(2, []part{say(mark)}, say(s))
		}
	}
}

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
	p.blank()
	p.para(0, nil, say(c.About()))
	p.heading("What it needs, all on TCP port 443")
	for _, n := range capabilityNeeds(c) {
		p.para(2, []part{say("-")}, say(n))
	}
	p.heading("See")
	p.line(2, "ssmcheck endpoints --region REGION --for "+string(c))
	p.line(2, "ssmcheck --region REGION --for "+string(c))
	return p.flush()
}

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
func ExplainList(w io.Writer, families []diagnose.Family, o TextOptions) error {
	p := newPrinter(w, o)
	p.para(0, nil, say("ssmcheck explain CODE and ssmcheck explain CAPABILITY tell more."))
	for _, f := range families {
		p.heading(f.Title)
		for _, e := range f.Explanations {
			p.para(listColumn, []part{say("  "), {text: string(e.Code), style: p.strong}, say(" (" + string(e.AtMost) + ")")}, say(firstSentence(e.Summary)))
		}
	}
	p.heading("Capabilities")
	for _, c := range endpoint.Capabilities() {
		p.para(listColumn, []part{say("  "), {text: string(c), style: p.strong}}, say(c.Title()))
	}
	return p.flush()
}

// listColumn is where the words of the list begin.
const listColumn = 6

// firstSentence is as much of a paragraph as a list holds.
func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i+1]
	}
	return s
}
