package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// Markdown writes a roll-up for a ticket: what Text says, the causes as a table.
func Markdown(w io.Writer, r *fleet.Rollup, o Options) error {
	b, plain := bufio.NewWriter(w), report.MarkdownText
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("**%s** %s", verdict(r), headline(r.Verdicts))
	causes, more := shown(r, o)
	if len(causes) > 0 {
		line("\n| failing | share | nodes | cause | object | for example |\n| ---: | ---: | ---: | --- | --- | --- |")
	}
	for _, c := range causes {
		line("| %d | %s | %d | %s | %s | %s |", c.Failing, plain(share(c.Failing, r.Verdicts.Fail)), c.Nodes, plain(c.Code), plain(object(c.Object)), plain(names(c.Examples)))
	}
	if more > 0 {
		line("\nAnd %s.", count(more, "more cause"))
	}
	if s := explained(r.Explained); s != "" {
		line("\n%s", s)
	}
	for _, c := range causes {
		line("\n### %s\n\n%s\n", plain(strings.TrimSpace(c.Code+" "+object(c.Object))), plain(c.Title))
		for _, f := range c.Fix {
			line("- %s", plain(f))
		}
	}
	if len(r.Groups) > 0 {
		line("\n### By %s\n\n| | nodes | fail | warn | pass | most fail because of |\n| --- | ---: | ---: | ---: | ---: | --- |", plain(r.By))
	}
	for _, g := range r.Groups {
		line("| %s | %d | %d | %d | %d | %s |", plain(orNone(g.Value)), g.Nodes, g.Fail, g.Warn, g.Pass, plain(top(g)))
	}
	if list := remarks(r); len(list) > 0 {
		line("\n### Remarks\n")
		for _, s := range list {
			line("- %s", plain(s))
		}
	}
	if len(r.Problems) > 0 {
		line("\n### Not used\n")
	}
	for _, x := range r.Problems {
		line("- %d %s", x.Count, problemWords[x.Kind])
		for _, e := range x.Examples {
			line("  - %s", plain(place(e)+": "+e.Reason))
		}
	}
	return b.Flush()
}
