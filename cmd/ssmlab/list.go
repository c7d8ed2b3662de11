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
		Short: "List the scenarios: name, what is to be found, what is the case, and the flags that it takes",
		Long: `list prints every scenario: its name and what a run must find, below it what is
the case, and the flags without which ssmcheck finds something else.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var b strings.Builder
			for _, s := range every() {
				wrap(&b, "", s.Name+"  "+s.Want.String())
				wrap(&b, listIndent, s.Title)
				if len(s.Args) > 0 {
					// Whole, however long: it is to be copied.
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

// wrap writes a text by words, its first line after the indent. The lines that
// follow stand apart from what is below.
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

// every gives all scenarios that can be run.
func every() []lab.Scenario {
	return slices.Concat(scenarios.All(), scenarios.Changing(), hostile.Scenarios())
}

// find gives the scenario that was named on the command line.
func find(name string) (lab.Scenario, error) {
	s, ok := hostile.Find(name)
	if !ok {
		return lab.Scenario{}, fmt.Errorf("%q is no scenario: see `ssmlab list`", name)
	}
	return s, nil
}
