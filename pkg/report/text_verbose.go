package report

import (
	"cmp"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// verbose is the report with every observation.
func (t *textReport) verbose() {
	t.blank()
	for _, f := range t.view.header {
		t.para(bodyColumn, nil, textSpan(f.words))
	}
	if len(t.problems()) > 0 {
		t.blank()
		t.fixes()
	}
	for _, f := range t.findings {
		t.finding(f)
	}
	if len(t.outcomes) > 0 {
		t.heading(capabilitiesHeading)
		t.capabilities()
	}
	t.targetList()
	t.observations()
	if len(t.Notes) > 0 {
		t.heading(notesHeading)
		for _, n := range t.Notes {
			t.para(2, []span{textSpan("-")}, textSpan(n))
		}
	}
}

// capabilities are the outcomes, a row each.
func (t *textReport) capabilities() {
	for _, x := range t.outcomes {
		t.para(bodyColumn, []span{t.verdict(x.verdict)}, t.bold(x.title), textSpan(": "+x.words))
	}
}

// targetList has every target.
func (t *textReport) targetList() {
	for i := range t.targets {
		if i == 0 {
			t.heading("Targets")
		}
		t.target(&t.targets[i])
	}
}

// target has its attempts, a line each.
func (t *textReport) target(x *target) {
	label := []span{t.verdict(x.Verdict), textSpan("  "), t.bold(x.Name)}
	where := x.address
	if !x.Asked {
		where += "; not required"
	}
	t.para(detailColumn, label, textSpan(joinNonEmpty("; ", append([]string{where}, x.why...)...)))
	for _, l := range x.lines(func(spans []span) bool { return t.fits(detailColumn, spans) }) {
		hang := detailColumn
		if l.detail {
			hang += 2
		}
		t.para(hang, nil, l.spans...)
	}
}

// observations are those that no target has.
func (t *textReport) observations() {
	o := t.Observations
	if o == nil {
		return
	}
	for i, s := range o.Servers {
		if i == 0 {
			t.heading("Nameservers, queried directly")
		}
		role := cmp.Or(roleWords[s.Role], roleWords[""])
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

// finding has all of a finding: its evidence, the commands that prove it and, if
// it is no problem, its fix.
func (t *textReport) finding(f finding) {
	t.blank()
	t.para(bodyColumn, []span{t.severity(f.Severity)}, t.bold(string(f.Code)), textSpan(": "+f.Title))
	if f.affects != "" {
		t.para(bodyColumn, nil, textSpan("affects "+f.affects))
	}
	list := func(heading string, lines []string) {
		for i, s := range lines {
			if i == 0 {
				t.para(bodyColumn, nil, t.bold(heading))
			}
			t.para(bodyColumn+2, []span{textSpan("      -")}, unbrokenCode(s)...)
		}
	}
	if f.Severity == diagnose.Info {
		list(fixHeading, f.Fix)
	}
	list(evidenceHeading, f.Evidence)
	for i, c := range checksOf(f.Finding) {
		if i == 0 {
			t.para(bodyColumn, nil, t.bold(confirmHeading))
		}
		t.check(c)
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
