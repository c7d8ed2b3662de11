package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// maxEvidence is how many lines of evidence a finding shows; the JSON report
// and a verbose one have all.
const maxEvidence = 10

// findings tells each cause with its evidence, its proof by hand and its fix.
// What nothing asked for depends on is one line, unless more is wanted.
func (t *text) findings() {
	var short []diagnose.Finding
	for _, f := range t.d.Findings {
		if f.Severity == diagnose.Info && !t.o.Verbose {
			short = append(short, f)
			continue
		}
		t.finding(f)
	}
	if len(short) == 0 || t.o.Brief {
		return
	}
	t.heading("Nothing asked for depends on this (-v tells more)")
	for _, f := range short {
		t.para(bodyColumn, []part{t.severity(f.Severity)}, t.titled(f)...)
	}
}

func (t *text) titled(f diagnose.Finding) []part {
	return []part{{text: string(f.Code), style: t.strong}, say(": " + f.Title)}
}

func (t *text) finding(f diagnose.Finding) {
	t.blank()
	t.para(bodyColumn, []part{t.severity(f.Severity)}, t.titled(f)...)
	if s := t.concerns(f); s != "" {
		t.para(bodyColumn, nil, say("concerns "+s))
	}
	if len(f.Evidence) > 0 {
		t.subheading("Seen")
		for i, e := range f.Evidence {
			if left := len(f.Evidence) - i; i == maxEvidence && left > 1 && !t.o.Verbose {
				t.para(bodyColumn+2, []part{say("      -")}, say(fmt.Sprintf("and %d more lines (-v tells them)", left)))
				break
			}
			t.para(bodyColumn+2, []part{say("      -")}, say(e))
		}
	}
	if len(f.Confirm) > 0 {
		t.subheading("Confirm by hand")
		for _, c := range f.Confirm {
			t.line(bodyColumn+2, pasteable(c))
		}
	}
	if len(f.Fix) == 0 {
		return
	}
	t.subheading("Fix")
	for i, x := range f.Fix {
		n := "-"
		if len(f.Fix) > 1 {
			n = fmt.Sprintf("%d.", i+1)
		}
		t.para(bodyColumn+len(n)+1, []part{say("      " + n)}, copyable(x)...)
	}
}

// copyable is a sentence, in which no line ends within what stands in backticks: a
// command or a line of a file that is to be copied.
func copyable(s string) []part {
	var parts []part
	pieces := strings.Split(s, "`")
	for i, p := range pieces {
		switch {
		case i%2 == 1 && i < len(pieces)-1:
			parts = append(parts, keep("`"+p+"`"))
		case i%2 == 1:
			parts = append(parts, say("`"+p))
		default:
			parts = append(parts, say(p))
		}
	}
	return parts
}

func (t *text) subheading(s string) {
	t.para(bodyColumn, nil, part{text: s, style: t.strong})
}

// concerns names the finding's targets: those asked for, and how many others.
// Empty: its title names each.
func (t *text) concerns(f diagnose.Finding) string {
	words := strings.FieldsFunc(f.Title, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
	named := true
	var asked []string
	others := 0
	for _, name := range f.Targets {
		named = named && slices.Contains(words, name)
		if t.o.Verbose || t.asked(name) {
			asked = append(asked, name)
		} else {
			others++
		}
	}
	switch {
	case named:
		return ""
	case len(asked) == 0:
		return and(f.Targets)
	case others > 0:
		asked = append(asked, fmt.Sprintf("%d not asked for", others))
	}
	return and(asked)
}

func (t *text) asked(name string) bool {
	return slices.ContainsFunc(t.d.Targets, func(r diagnose.TargetReport) bool { return r.Name == name && r.Asked })
}
