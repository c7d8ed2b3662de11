package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
)

const description = `ssmcheck checks whether AWS Systems Manager (Run Command, Session Manager, Patch
Manager) can manage this node. If not, it names the cause, shows the evidence
and says how to fix it. It changes nothing.

Every flag can also be set by an environment variable, for example
SSMCHECK_REGION for --region; the flag takes precedence.

Exit status: 0 everything required works, 1 something required cannot work,
2 usage error or no Region found, 3 the run did not finish.`

// project is where the documentation and the bug tracker are.
const project = "https://github.com/ssmcheck/ssmcheck"

const examples = `  ssmcheck
  ssmcheck --region us-east-2 --for session-manager
  ssmcheck --vpc-resolver 10.8.0.10 -o text -o json=report.json`

// newCommand builds the command line. A command that ends without an error
// stores its exit status in status; cobra's own pages go to pages. Its default
// help and version templates stay: replacing them links text/template.
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
	c.SetFlagErrorFunc(flagError)
	help := c.HelpFunc()
	c.SetHelpFunc(func(of *cobra.Command, args []string) {
		help(of, args)
		if of == c {
			fmt.Fprintf(pages, "\nDocumentation: %s\nBugs: %s/issues\n", project, project)
		}
	})
	c.AddCommand(s.versionCommand(), s.explainCommand(), s.endpointsCommand(), s.diagnoseCommand(status), s.fixCommand(status),
		s.fleetCommand(status), s.diffCommand(status))
	hardenBuiltins(c)
	for _, each := range append(c.Commands(), c) {
		complete(each)
	}
	return c
}

// complete registers shell completions for flags with a fixed set of values.
func complete(c *cobra.Command) {
	for flag, words := range map[string][]string{
		"region": endpoint.Regions(),
		"for":    append(capabilityNames(), "all"),
		"expect": {"auto", "private", "public"},
		"proxy":  {"auto", "none"},
		"output": formats(),
		"color":  {"auto", "always", "never"},
		"ignore": toStrings(diagnose.Codes()),
		"as":     toStrings(remedy.Languages()),
		"dns":    toStrings(remedy.Nameservers()),
	} {
		if c.Flags().Lookup(flag) == nil {
			continue
		}
		// Fails only if the command has registered a completion itself.
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}
