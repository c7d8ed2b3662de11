package main

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the scenarios: name, what is the case, what is to be found",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range slices.Concat(lab.Scenarios(), lab.Changing(), lab.Hostile()) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Want, s.Title)
			}
			return w.Flush()
		},
	}
}

// find gives the scenario that was named on the command line.
func find(name string) (lab.Scenario, error) {
	s, ok := lab.Find(name)
	if !ok {
		return s, fmt.Errorf("%q is no scenario: see `ssmlab list`", name)
	}
	return s, nil
}
