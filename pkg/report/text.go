package report

import (
	"fmt"
	"io"
	"slices"
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

// maxReasons is how many lines of evidence a report has for its only problem, and
// maxReasonsEach for each of several. The JSON report and a verbose one have all.
const (
	maxReasons     = 5
	maxReasonsEach = 3
)

// Text writes d for a person. If something is wrong: the verdict with its causes,
// what to do, why, and how to check it by hand; a line each for what else was
// seen. If all is well: the verdict, the services, and what was not tested. A
// verbose report has every observation. The error is the writer's first.
func Text(w io.Writer, d *Document, o TextOptions) error {
	t := &textReport{newPrinter(w, o), newView(d, viewOptions{verbose: o.Verbose, strict: o.Strict})}
	t.headline()
	switch {
	case o.Brief:
		t.fixes()
	case o.Verbose:
		t.verbose()
	case d.Verdict == diagnose.Pass: // there is nothing to explain
		t.passing()
	default:
		t.failing()
	}
	return t.flush()
}

// textReport lays a view out as text.
type textReport struct {
	*printer
	*view
}

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
				t.bold(f.Title), textSpan(" ("+string(f.Code)+")"+t.stops(f.Code)))
		}
	}
}

// failing is the report of a node with a problem, or of one that was not judged.
func (t *textReport) failing() {
	t.para(bodyColumn, nil, textSpan(t.node))
	if o := t.Observations; o != nil {
		if words := endingWords(o); words != "" {
			t.para(bodyColumn, nil, textSpan(words))
		}
	}
	t.fixes()
	t.whys()
	t.checks()
	if t.rowsDiffer() && !t.common {
		t.blank()
		t.capabilities()
	}
	t.blank()
	t.also()
	t.more()
}

// part writes a line of a part of the report. The first one begins with the part's
// name; mark, a number or a dash, begins an item.
func (t *textReport) part(name, mark string, words ...span) {
	hang, label := bodyColumn, []span{t.bold(name)}
	if mark != "" {
		hang += len(mark) + 1
		label = append(label, textSpan(strings.Repeat(" ", bodyColumn-len(name))+mark))
	}
	t.para(hang, label, words...)
}

// fixes are what to do: one numbered list over all problems. The word before a
// step says whether it is to be done as well as the one above, or if that was not it.
func (t *textReport) fixes() {
	list, restart := t.remedies()
	label, n := fixHeading, 0
	step := func(s string, numbered bool) {
		n++
		number := ""
		if numbered {
			number = fmt.Sprintf("%d.", n)
		}
		t.part(label, number, unbrokenCode(s)...)
	}
	for _, r := range list {
		if len(list) > 1 {
			t.part(label, "", textSpan("for "+string(r.code)+":"))
			label = ""
		}
		for i, s := range r.steps {
			if i > 0 {
				label = r.link()
			}
			step(s, len(list) > 1 || len(r.steps) > 1 || restart != "")
			label = ""
		}
	}
	if restart != "" {
		if n > 0 {
			label = "then"
		}
		step(restart, n > 0)
	}
}

// whys are the evidence of each problem.
func (t *textReport) whys() {
	problems := t.problems()
	most, label, seen := maxReasons, evidenceHeading, map[string]bool{}
	if len(problems) > 1 {
		most = maxReasonsEach
	}
	for i, f := range problems {
		if i == 0 {
			t.blank()
		}
		if named := t.headlined(f.Finding); len(problems) > 1 || !named {
			words := string(f.Code) + ":"
			if !named {
				words += " " + f.Title
			}
			t.part(label, "", textSpan(words))
			label = ""
		}
		reasons := t.reasons(f.Finding, seen, maxReason)
		for i, s := range reasons {
			if left := len(reasons) - i; i == most-1 && left > 1 {
				s = fmt.Sprintf("and %d more (-v shows them)", left)
			} else if i >= most {
				break
			}
			t.part(label, "-", textSpan(s))
			label = ""
		}
	}
}

// headlined reports whether the headline says what a finding's title does.
func (t *textReport) headlined(f diagnose.Finding) bool {
	same := func(x diagnose.Finding) bool { return x.Code == f.Code && x.Title == f.Title }
	return slices.ContainsFunc(t.causes, same) || t.common && f.Severity == diagnose.Error ||
		t.agentStopped() && f.Code == diagnose.AgentStopped
}

// maxReason is how much of a line of evidence a report shows: a certificate, or the
// beginning of what somebody answered. A verbose one has all.
const maxReason = 280

// checks are the commands that prove it by hand.
func (t *textReport) checks() {
	for i, c := range t.chosenChecks() {
		if i == 0 {
			t.heading(confirmHeading)
		}
		t.check(c)
	}
}

// check writes a command as it is, and what to expect of it behind it if there is
// room.
func (t *textReport) check(c diagnose.Check) {
	if whole := checkLine(c); t.fits(bodyColumn, []span{nowrap(whole)}) {
		t.line(bodyColumn, whole)
		return
	}
	command := pasteable(c.Command)
	t.line(bodyColumn, command)
	if expect := expectation(c); expect != "" && command == c.Command {
		t.comment(bodyColumn+2, strings.TrimPrefix(expect, "# "))
	}
}

// also is what else was seen, in few words.
func (t *textReport) also() {
	label := "Also"
	for _, s := range t.remarks() {
		t.part(label, "", textSpan(s))
		label = ""
	}
}

// more says where to read on.
func (t *textReport) more() {
	words := "ssmcheck -v"
	if problems := t.problems(); len(problems) > 0 {
		words += "; ssmcheck explain " + string(problems[0].Code)
		for _, f := range problems[1:] {
			words += " or " + string(f.Code)
		}
	}
	t.part("More", "", textSpan(words))
	t.para(bodyColumn, nil, textSpan(t.runWords()))
}

// passing is the report of a node where everything works.
func (t *textReport) passing() {
	t.para(bodyColumn, nil, textSpan(t.node))
	if o := t.Observations; o != nil {
		t.para(bodyColumn, nil, textSpan(joinNonEmpty("; ", agentWords(o), t.endpointsUsed())))
	}
	services := t.services()
	name := 0
	for _, s := range services {
		name = max(name, min(columns(Sanitise(s.title(), t.ascii)), detailColumn))
	}
	for _, s := range services {
		t.para(bodyColumn+name+2, []span{textSpan("      "), t.bold(s.title())}, textSpan(s.words()))
	}
	t.also()
	if words := t.nextWords(); words != "" {
		t.para(bodyColumn, nil, textSpan(words))
	}
	t.part("More", "", textSpan("ssmcheck -v ("+t.runWords()+")"))
}
