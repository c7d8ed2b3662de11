package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
)

// DiffText writes what changed for a person: what is new first.
func DiffText(w io.Writer, d *fleet.Diff, o Options) error {
	p := &printer{w: bufio.NewWriter(w), o: o}
	word, style := "SAME", color.FgGreen
	switch {
	case d.Worse():
		word, style = "WORSE", color.FgRed
	case len(d.Gone) > 0 || len(d.Changed) > 0:
		word = "BETTER"
	}
	p.para(p.style(word, style)+"  ", len(word)+2, fmt.Sprintf("%s new, %d gone, %d the same",
		count(len(d.Begun), "cause"), len(d.Gone), len(d.Same)))
	p.para("  old: ", 7, headline(d.Old))
	p.para("  new: ", 7, headline(d.New))
	p.changes("New", d.Begun)
	p.changes("Gone", d.Gone)
	p.changes("The same", d.Same)
	if len(d.Changed) > 0 {
		p.head("Nodes whose verdict changed")
		for _, n := range limited(d.Changed) {
			p.para("  ", 4, fmt.Sprintf("%s: %s, was %s", name(&n.NodeRef), n.New, n.Old))
		}
		p.more(len(d.Changed))
	}
	p.nodes("Nodes that are new", d.Appeared)
	p.nodes("Nodes without a report now", d.Missing)
	p.problems(d.Problems)
	return p.w.Flush()
}

func (p *printer) changes(head string, list []*fleet.CauseChange) {
	if len(list) == 0 {
		return
	}
	p.head(head)
	for _, c := range list {
		what := strings.TrimSpace(c.Code + " " + object(c.Object))
		if c.Old > 1 || c.New > 1 {
			what += fmt.Sprintf(" (%d nodes, was %d)", c.New, c.Old)
		}
		p.para("  ", 4, what+": "+c.Title)
	}
}

func (p *printer) nodes(head string, list []*fleet.NodeRef) {
	if len(list) == 0 {
		return
	}
	p.head(head)
	for _, n := range limited(list) {
		p.para("  ", 4, name(n))
	}
	p.more(len(list))
}

func (p *printer) more(n int) {
	if s := andMore(n); s != "" {
		p.para(" ", 2, s)
	}
}
