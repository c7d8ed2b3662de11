package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// Text writes a roll-up for a person: the verdicts in one line, the causes, what
// they explain, the breakdown, and what could not be used.
func Text(w io.Writer, r *fleet.Rollup, o Options) error {
	p := &printer{w: bufio.NewWriter(w), o: o}
	v := r.Verdicts
	styles := map[string]color.Attribute{"FAIL": color.FgRed, "WARN": color.FgYellow, "PASS": color.FgGreen, "SKIP": color.FgCyan}
	word := verdict(r)
	p.para(p.style(word, styles[word])+"  ", 6, headline(v))
	causes, more := shown(r, o)
	for _, c := range causes {
		p.cause(c, v.Fail)
	}
	if more > 0 {
		p.para("\n", 0, fmt.Sprintf("And %s; --top 0 shows all.", count(more, "more cause")))
	}
	if s := explained(r.Explained); s != "" {
		p.para("\n", 0, s)
	}
	p.groups(r)
	if list := remarks(r); len(list) > 0 {
		p.head("Remarks")
		for _, s := range list {
			p.para("  - ", 4, s)
		}
	}
	p.problems(r.Problems)
	return p.w.Flush()
}

func (p *printer) problems(list []*fleet.Problem) {
	if len(list) == 0 {
		return
	}
	p.head("Not used")
	for _, x := range list {
		p.para("  ", 2, fmt.Sprintf("%d %s", x.Count, problemWords[x.Kind]))
		for _, e := range x.Examples[:min(len(x.Examples), maxProblems)] {
			p.para("    ", 6, place(e)+": "+e.Reason)
		}
	}
}

// cause writes a cause with its nodes, its examples and its fix.
func (p *printer) cause(c *fleet.Cause, failing int) {
	p.head(strings.TrimSpace(c.Code + "  " + object(c.Object)))
	s := fmt.Sprintf("%s, %d failing (%s of the failing ones)", count(c.Nodes, "node"), c.Failing, share(c.Failing, failing))
	if c.Failing == 0 {
		s = count(c.Nodes, "node") + ", none failing because of it"
	}
	p.para("  ", 2, s+": "+c.Title)
	p.para("  nodes: ", 9, names(c.Examples)+p.others(c))
	for i, f := range c.Fix {
		label, indent := "         ", 9
		if i == 0 {
			label = "  fix:   "
		}
		if len(c.Fix) > 1 {
			label, indent = label+"- ", 11
		}
		p.para(label, indent, f)
	}
}

func (p *printer) others(c *fleet.Cause) string {
	if more := c.Nodes - len(c.Examples); more > 0 {
		return fmt.Sprintf(" and %d more", more)
	}
	return ""
}

func (p *printer) groups(r *fleet.Rollup) {
	if len(r.Groups) == 0 {
		return
	}
	p.head("By " + r.By)
	width := 5
	for _, g := range r.Groups {
		width = max(width, min(30, utf8.RuneCountInString(orNone(g.Value))))
	}
	fmt.Fprintf(p.w, "  %-*s %6s %6s %6s %6s  most fail because of\n", width, "", "nodes", "fail", "warn", "pass")
	for _, g := range r.Groups {
		value := report.Shorten(orNone(g.Value), width, p.o.ASCII)
		fmt.Fprintf(p.w, "  %-*s %6d %6d %6d %6d", width, value, g.Nodes, g.Fail, g.Warn, g.Pass)
		if room := p.width() - width - 32; g.Top != "" {
			p.w.WriteString("  " + report.Shorten(top(g), max(room, 20), p.o.ASCII))
		}
		p.w.WriteByte('\n')
	}
}

// A printer wraps and sanitises all text. Its writer keeps the first error.
type printer struct {
	w *bufio.Writer
	o Options
}

func (p *printer) width() int {
	if p.o.Width <= 0 {
		return report.DefaultWidth
	}
	return max(p.o.Width, 40)
}

func (p *printer) style(s string, a ...color.Attribute) string {
	c := color.New(append(a, color.Bold)...)
	if p.o.Color {
		c.EnableColor()
	} else {
		c.DisableColor()
	}
	return c.Sprint(s)
}

// head begins a section.
func (p *printer) head(s string) {
	p.w.WriteByte('\n')
	var lines []string
	for _, line := range wrap(report.Sanitise(s, p.o.ASCII), p.width()-2) {
		lines = append(lines, p.style(line))
	}
	p.w.WriteString(strings.Join(lines, "\n  ") + "\n")
}

// para writes text after prefix, which is ours, and indents what follows.
func (p *printer) para(prefix string, indent int, s string) {
	lines := wrap(report.Sanitise(s, p.o.ASCII), p.width()-indent)
	p.w.WriteString(prefix + strings.Join(lines, "\n"+strings.Repeat(" ", indent)) + "\n")
}

// wrap breaks a text at its spaces. A longer word stays whole: it may be a path
// to copy.
func wrap(s string, width int) (lines []string) {
	line, n := "", 0
	for _, word := range strings.Split(s, " ") {
		size := utf8.RuneCountInString(word)
		if n > 0 && n+1+size > width {
			lines, line, n = append(lines, line), "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+size
	}
	return append(lines, line)
}
