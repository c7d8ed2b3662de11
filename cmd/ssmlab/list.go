package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the scenarios: name, what is to be found, what is the case, and the flags that it takes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range slices.Concat(lab.Scenarios(), lab.Changing(), lab.Hostile()) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Want, inWords(s))
			}
			return w.Flush()
		},
	}
}

// inWords is what is the case, and the flags without which ssmcheck finds
// something else.
func inWords(s lab.Scenario) string {
	if len(s.Args) == 0 {
		return s.Title
	}
	return s.Title + " [ssmcheck " + strings.Join(s.Args, " ") + "]"
}

// find gives the scenario that was named on the command line.
func find(name string) (lab.Scenario, error) {
	s, ok := lab.Find(name)
	if !ok {
		return s, fmt.Errorf("%q is no scenario: see `ssmlab list`", name)
	}
	return s, nil
}
