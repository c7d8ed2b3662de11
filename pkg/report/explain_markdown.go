package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// CausesMarkdown writes what there is to know of every cause and capability, as
// one page. docs/causes.md is this page.
func CausesMarkdown(w io.Writer, families []diagnose.Family) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Causes\n\n%s\n\n%s\n\n%s\n",
		"What `ssmcheck` can find, by the code that a report names. `ssmcheck explain CODE` tells the same on a node.",
		plainMarkdown(Placeholders), plainMarkdown(windowsCommands))
	for _, f := range families {
		fmt.Fprintf(b, "\n%s:\n\n", plainMarkdown(f.Title))
		for _, e := range f.Explanations {
			fmt.Fprintf(b, "- [%s](#%s) (%s)\n", e.Code, e.Code, e.AtMost)
		}
	}
	b.WriteString("\nAnd the [capabilities](#capabilities).\n")
	for _, f := range families {
		fmt.Fprintf(b, "\n## %s\n", plainMarkdown(f.Title))
		for _, e := range f.Explanations {
			b.WriteByte('\n')
			explainCause(b, e)
		}
	}
	b.WriteString("\n## Capabilities\n")
	for _, c := range endpoint.Capabilities() {
		b.WriteByte('\n')
		explainCapability(b, c)
	}
	return b.Flush()
}

// CauseMarkdown writes what there is to know of one cause.
func CauseMarkdown(w io.Writer, e diagnose.Explanation) error {
	b := bufio.NewWriter(w)
	explainCause(b, e)
	return b.Flush()
}

// CapabilityMarkdown writes what a capability is and needs.
func CapabilityMarkdown(w io.Writer, c endpoint.Capability) error {
	b := bufio.NewWriter(w)
	explainCapability(b, c)
	return b.Flush()
}

func explainCapability(b *bufio.Writer, c endpoint.Capability) {
	fmt.Fprintf(b, "### %s\n\n%s. %s\n\nIt needs, all on TCP port 443:\n\n", c, plainMarkdown(c.Title()), prose(c.About()))
	for _, n := range capabilityNeeds(c) {
		fmt.Fprintf(b, "- %s\n", prose(n))
	}
}

func explainCause(b *bufio.Writer, e diagnose.Explanation) {
	fmt.Fprintf(b, "### %s\n\n*%s.* %s\n", e.Code, plainMarkdown(mostWords(e.AtMost)), prose(e.Summary))
	if len(e.How) > 0 {
		b.WriteString("\nHow it comes about:\n\n")
	}
	for _, s := range e.How {
		fmt.Fprintf(b, "- %s\n", prose(s))
	}
	if len(e.Prove) > 0 {
		b.WriteString("\nProve it by hand:\n\n```sh\n")
		for _, s := range e.Prove {
			fmt.Fprintf(b, "# %s\n%s\n", s.Shows, s.Command)
		}
		b.WriteString("```\n")
	}
	if len(e.Fix) > 0 {
		b.WriteString("\nFix:\n\n")
	}
	for i, s := range e.Fix {
		fmt.Fprintf(b, "%d. %s\n", i+1, prose(s))
	}
	if len(e.GivesWayTo) > 0 {
		var links []string
		for _, c := range e.GivesWayTo {
			links = append(links, fmt.Sprintf("[%s](#%s)", c, c))
		}
		fmt.Fprintf(b, "\nNot told where one of these explains it: %s.\n", strings.Join(links, ", "))
	}
	if len(e.See) == 0 {
		b.WriteString("\n" + notDocumented + "\n")
	} else {
		b.WriteString("\nAWS's documentation:\n\n")
	}
	for _, url := range e.See {
		fmt.Fprintf(b, "- <%s>\n", url)
	}
}

// prose writes text that marks commands by backquotes, as our own texts do.
func prose(s string) string {
	parts := strings.Split(s, "`")
	for i := range parts {
		if i%2 == 0 {
			parts[i] = plainMarkdown(parts[i])
		} else {
			parts[i] = "`" + Sanitise(parts[i], false) + "`"
		}
	}
	return strings.Join(parts, "")
}

// plainMarkdown writes a piece of our own texts so that no sign in it is taken
// for markup. Unlike mdText it keeps the spaces around the piece.
func plainMarkdown(s string) string {
	var b strings.Builder
	for _, r := range Sanitise(s, false) {
		if strings.ContainsRune("\\`*_[]<>|#~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
