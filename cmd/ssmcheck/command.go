package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
)

const description = `ssmcheck checks whether this node can be managed through AWS Systems Manager
(Run Command, Session Manager, Patch Manager), and if not, names the one cause,
with the evidence for it and the way to fix it. It changes nothing.

Every flag has an environment variable, SSMCHECK_REGION for --region; the flag
wins. Exit status: 0 all required can work, 1 something cannot, 2 a mistake on
the command line or no Region, 3 the run could not be finished.`

const examples = `  ssmcheck
  ssmcheck --region us-east-2 --for session-manager
  ssmcheck --vpc-resolver 10.8.0.10 -o text -o json=report.json`

// newCommand builds the command line. The status of a run that came to its end
// goes to status, and cobra's own pages go to pages. cobra's own help and version texts are kept: replacing them
// would draw text/template into the program.
func newCommand(s system, pages io.Writer, status *int) *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:           "ssmcheck [flags]",
		Short:         "Find out why a node cannot be managed through AWS Systems Manager",
		Long:          description,
		Example:       examples,
		Version:       s.version,
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,

		DisableFlagsInUseLine: true,

		RunE: func(c *cobra.Command, _ []string) (err error) {
			if err := fromEnvironment(c.Flags(), s.getenv); err != nil {
				return err
			}
			*status, err = s.preflight(c.Context(), o)
			return err
		},
	}
	o.add(c.Flags())
	c.SetOut(pages)
	c.SetErr(s.stderr)
	c.SetFlagErrorFunc(flagMistake)
	c.AddCommand(&cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(pages, "ssmcheck version %s\n", s.version)
		},
	})
	c.AddCommand(s.explainCommand(), s.endpointsCommand(), s.diagnoseCommand(status), s.fixCommand(status))
	mendBuiltin(c)
	for _, each := range append(c.Commands(), c) {
		complete(each)
	}
	return c
}

// complete offers the shells the values of flags that have a fixed few.
func complete(c *cobra.Command) {
	for flag, words := range map[string][]string{
		"region": endpoint.Regions(),
		"for":    append(capabilityNames(), "all"),
		"expect": {"auto", "private", "public"},
		"proxy":  {"auto", "none"},
		"output": formats(),
		"color":  {"auto", "always", "never"},
		"as":     plainWords(remedy.Languages()),
		"dns":    plainWords(remedy.Nameservers()),
	} {
		if c.Flags().Lookup(flag) == nil {
			continue
		}
		// The only error is a flag that a command completes in its own way.
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}
