package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// preflight runs the linked preflight on a scenario's mapped network and reports
// what it found.
func preflight(ctx context.Context, s lab.Scenario, args []string, w io.Writer) (*lab.Run, error) {
	r, err := lab.Preflight(ctx, s, args...)
	if err != nil {
		return nil, err
	}
	return r, report.Text(w, report.New("lab", r.Report, r.Seen), report.TextOptions{})
}

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Run ssmcheck in a healthy network and in a broken one",
		Long: `demo runs ssmcheck, linked into this program, on a network of servers on loopback:
first in a healthy private VPC, then in one with a fault. It needs no privileges
and sends nothing beyond loopback.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for i, name := range []string{"private-vpc", "endpoint-blocked"} {
				s, err := find(name)
				if err != nil {
					return err
				}
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				fmt.Fprintf(cmd.OutOrStdout(), "== ssmcheck in %s: %s\n\n", s.Name, s.Title)
				r, err := preflight(cmd.Context(), s, nil, cmd.OutOrStdout())
				if err != nil {
					return fmt.Errorf("%s: %w", s.Name, err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "\n== exit status %d\n", r.Status)
				if m := s.Want.Misses(lab.Found(r.Report, r.Status)); len(m) > 0 {
					return fmt.Errorf("%s: %s", s.Name, strings.Join(m, "; "))
				}
			}
			return nil
		},
	}
}
