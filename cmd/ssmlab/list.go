package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/hostile"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
)

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the scenarios: name, what a run must find, description, and flags",
		Long: `list prints every scenario: its name and what a run must find, then a description,
and the flags that ssmcheck needs to find it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var b strings.Builder
			for _, s := range every() {
				wrap(&b, "", s.Name+"  "+s.Want.String())
				wrap(&b, listIndent, s.Title)
				if len(s.Args) > 0 {
					// Not wrapped: it is for copying.
					b.WriteString(listIndent + "ssmcheck " + strings.Join(s.Args, " ") + "\n")
				}
			}
			_, err := io.WriteString(cmd.OutOrStdout(), b.String())
			return err
		},
	}
}

const (
	listWidth  = 80
	listIndent = "    "
)

// wrap writes a text in lines of at most listWidth, the first one after the indent and
// the others farther in.
func wrap(b *strings.Builder, indent, text string) {
	line := indent
	for i, w := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case len([]rune(line))+1+len([]rune(w)) > listWidth:
			b.WriteString(line + "\n")
			line = listIndent + "  "
		default:
			line += " "
		}
		line += w
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// every returns all scenarios.
func every() []lab.Scenario {
	return slices.Concat(scenarios.All(), scenarios.Changing(), hostile.Scenarios())
}

// find returns the scenario named on the command line.
func find(name string) (lab.Scenario, error) {
	s, ok := hostile.Find(name)
	if !ok {
		return lab.Scenario{}, fmt.Errorf("there is no scenario %q: see `ssmlab list`", name)
	}
	return s, nil
}
