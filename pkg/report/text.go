package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// TextOptions choose how a text report looks. They never change what it says
// is wrong.
type TextOptions struct {
	// Color colours words; every colour repeats what a word says.
	Color bool
	// ASCII keeps to ASCII, for terminals without UTF-8.
	ASCII bool
	// Width is the number of columns to fit in. 0: DefaultWidth.
	Width int
	// Verbose adds every observation with its time, even if all is well.
	Verbose bool
	// Brief prints the verdict and its causes only.
	Brief bool
	// Strict: a warning makes the run fail, and the headline says so.
	Strict bool
}

// Where the columns of the report begin.
const (
	bodyColumn   = 6  // after "PASS  "
	detailColumn = 19 // after "PASS  ssmmessages  "
)

// maxEvidence is how many lines of evidence a finding shows; the JSON report
// and a verbose one have all.
const maxEvidence = 10

// Text writes d for a person: the verdict and its causes first, then the
// capabilities, the targets, each cause with its evidence and its fix, and what
// was not checked. It says less if all is well. The error is the writer's first.
func Text(w io.Writer, d *Document, o TextOptions) error {
	t := &textReport{newPrinter(w, o), newView(d, viewOptions{verbose: o.Verbose, strict: o.Strict}), o}
	t.headline()
	if !o.Brief {
		t.header()
		t.capabilities()
		t.targetList()
		t.verboseSections()
	}
	t.findingList()
	if !o.Brief && len(d.Notes) > 0 {
		t.heading("Notes")
		for _, n := range d.Notes {
			t.para(2, []span{textSpan("-")}, textSpan(n))
		}
	}
	return t.flush()
}

// textReport lays a view out as text.
type textReport struct {
	*printer
	*view
	o TextOptions
}

// passes: there is nothing to explain.
func (t *textReport) passes() bool { return t.Verdict == diagnose.Pass }

// bold is s in bold.
func (t *textReport) bold(s string) span { return span{text: s, style: t.strong} }

// verdict is the word for v in its colour.
func (p *printer) verdict(v diagnose.Verdict) span {
	style := p.warning
	switch v {
	case diagnose.Pass:
		style = p.good
	case diagnose.Fail:
		style = p.bad
	case diagnose.Skip:
		style = p.quiet
	}
	return span{text: verdictWord(v), style: style}
}

// severity is the word for s in its colour.
func (p *printer) severity(s diagnose.Severity) span {
	style := p.warning
	switch s {
	case diagnose.Error:
		style = p.bad
	case diagnose.Info:
		style = p.quiet
	}
	return span{text: severityWord(s), style: style}
}

// headline is read first, and often nothing else is: the verdict and its causes.
func (t *textReport) headline() {
	label := []span{t.verdict(t.Verdict)}
	switch len(t.causes) {
	case 0:
		t.para(bodyColumn, label, t.bold(t.summary))
	case 1:
		f := t.causes[0]
		t.para(bodyColumn, label, t.bold(t.summary+": "+f.Title), textSpan(" ("+string(f.Code)+")"))
	default:
		t.para(bodyColumn, label, t.bold(t.summary+":"))
		for i, f := range t.causes {
			n := fmt.Sprintf("%d.", i+1)
			t.para(bodyColumn+len(n)+1, []span{textSpan("      " + n)},
				t.bold(f.Title), textSpan(" ("+string(f.Code)+")"))
		}
	}
}

func (t *textReport) header() {
	t.blank()
	for _, f := range t.view.header {
		if f.name != nameserverField || !t.passes() || t.o.Verbose {
			t.para(bodyColumn, nil, textSpan(f.words))
		}
	}
}

// capabilities are left out if the headline says that all can work.
func (t *textReport) capabilities() {
	if t.passes() && !t.o.Verbose || len(t.Capabilities) == 0 {
		return
	}
	t.heading(capabilitiesHeading)
	for _, x := range t.outcomes {
		t.para(bodyColumn, []span{t.verdict(x.verdict)}, t.bold(x.title), textSpan(": "+x.words))
	}
}

// targetList has the required targets one by one, and the optional ones in a few
// lines.
func (t *textReport) targetList() {
	first := true
	for i := range t.targets {
		x := &t.targets[i]
		if !x.Asked && !t.o.Verbose {
			continue
		}
		if first {
			t.heading("Targets")
			first = false
		}
		t.target(x)
	}
	if t.o.Verbose {
		return
	}
	for i, s := range t.optionalLines() {
		if i == 0 {
			t.heading(optionalHeading)
		}
		t.para(bodyColumn, nil, textSpan(s))
	}
}

// target takes a line or two if it passes, and more if not.
func (t *textReport) target(x *target) {
	label := []span{t.verdict(x.Verdict), textSpan("  "), t.bold(x.Name)}
	why := x.why
	if t.o.Verbose {
		where := []string{x.address}
		if !x.Asked {
			where = append(where, "not required")
		}
		why = append(where, why...)
	}
	if len(why) > 0 {
		t.para(detailColumn, label, textSpan(strings.Join(why, "; ")))
		label = nil
	}
	for _, l := range x.lines(func(spans []span) bool { return t.fits(detailColumn, spans) }) {
		hang := detailColumn
		if l.detail {
			hang += 2
		}
		t.para(hang, label, l.spans...)
		label = nil
	}
	if label != nil {
		t.para(detailColumn, label)
	}
}

// verboseSections are the observations that no target has.
func (t *textReport) verboseSections() {
	o := t.Observations
	if !t.o.Verbose || o == nil {
		return
	}
	for i, s := range o.Servers {
		if i == 0 {
			t.heading("Nameservers, queried directly")
		}
		role := roleWords(s.Role)
		if s.From != "" {
			role += " (" + s.From + ")"
		}
		t.para(bodyColumn, nil, t.bold(bareServer(s.Address)), textSpan(" "+role))
		for _, l := range serverLines(s) {
			t.para(bodyColumn+2, nil, l...)
		}
	}
	t.section("Node", nodeFields(o.Node))
	t.section("Instance metadata"+inParentheses(o.Metadata.Elapsed), metadataFields(o.Metadata))
	t.section("Large ClientHello", t.largeHelloFields(o.LargeHello))
	t.section("Signed calls", signedFields(o))
}

// section writes the fields that have words under a heading.
func (t *textReport) section(heading string, list []field) {
	first := true
	for _, f := range list {
		if f.words == "" {
			continue
		}
		if first {
			t.heading(heading)
			first = false
		}
		t.para(2, []span{textSpan("-")}, t.bold(f.name), textSpan(": "+f.words))
	}
}

// findingList has each cause with its evidence, the commands that prove it and
// its fix. An informational one is a line, unless the report is verbose.
func (t *textReport) findingList() {
	var brief []finding
	for _, f := range t.findings {
		if f.Severity == diagnose.Info && !t.o.Verbose {
			brief = append(brief, f)
			continue
		}
		t.finding(f)
	}
	if len(brief) == 0 || t.o.Brief {
		return
	}
	t.heading(informationalHeading + " (-v shows details)")
	for _, f := range brief {
		t.findingTitle(f)
	}
}

func (t *textReport) findingTitle(f finding) {
	t.para(bodyColumn, []span{t.severity(f.Severity)}, t.bold(string(f.Code)), textSpan(": "+f.Title))
}

func (t *textReport) finding(f finding) {
	t.blank()
	t.findingTitle(f)
	if f.affects != "" {
		t.para(bodyColumn, nil, textSpan("affects "+f.affects))
	}
	subheading := func(s string) { t.para(bodyColumn, nil, t.bold(s)) }
	if len(f.Evidence) > 0 {
		subheading(evidenceHeading)
		for i, e := range f.Evidence {
			if left := len(f.Evidence) - i; i == maxEvidence && left > 1 && !t.o.Verbose {
				e = fmt.Sprintf("and %d more lines (-v shows them)", left)
			} else if i > maxEvidence && !t.o.Verbose {
				break
			}
			t.para(bodyColumn+2, []span{textSpan("      -")}, textSpan(e))
		}
	}
	if len(f.Confirm) > 0 {
		subheading(confirmHeading)
		for _, c := range f.Confirm {
			t.line(bodyColumn+2, pasteable(c))
		}
	}
	for i, x := range f.Fix {
		if i == 0 {
			subheading(fixHeading)
		}
		n := "-"
		if len(f.Fix) > 1 {
			n = fmt.Sprintf("%d.", i+1)
		}
		t.para(bodyColumn+len(n)+1, []span{textSpan("      " + n)}, unbrokenCode(x)...)
	}
}

// unbrokenCode is a sentence that is never broken within backticks: a command or
// a line of a file that is to be copied.
func unbrokenCode(s string) []span {
	var spans []span
	pieces := strings.Split(s, "`")
	for i, p := range pieces {
		switch {
		case i%2 == 1 && i < len(pieces)-1:
			spans = append(spans, nowrap("`"+p+"`"))
		case i%2 == 1:
			spans = append(spans, textSpan("`"+p))
		default:
			spans = append(spans, textSpan(p))
		}
	}
	return spans
}
