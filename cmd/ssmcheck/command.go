package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
	"github.com/ssmcheck/ssmcheck/pkg/report"
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
	c.AddCommand(s.versionCommand(), s.explainCommand(status), s.endpointsCommand(status), s.diagnoseCommand(status),
		s.fixCommand(status), s.fleetCommand(status), s.diffCommand(status))
	hardenBuiltins(c)
	for _, each := range append(c.Commands(), c) {
		complete(each)
	}
	return c
}

// subcommand gives a command its flags and what it runs, whose exit status goes to
// status. The environment may set these flags; -o of a command that prints something
// else than a report is not among them, as SSMCHECK_OUTPUT names formats of reports.
func (s system) subcommand(c *cobra.Command, status *int, flags *pflag.FlagSet, run func(context.Context, []string) (int, error)) *cobra.Command {
	c.DisableFlagsInUseLine = true
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(flags)
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if err := fromEnvironment(flags, s.getenv); err != nil {
			return err
		}
		*status, err = run(c.Context(), args)
		return err
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

// hardenBuiltins makes cobra's own commands reject an unknown word. By default
// they print help and exit with status 0, which a script takes for success.
func hardenBuiltins(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err == nil && len(rest) > 0 {
					err = unknownCommand(found, rest[0])
				}
				return err
			}
		case "completion":
			// Without Run, cobra does not check the arguments.
			c.Args = func(_ *cobra.Command, args []string) error {
				if len(args) > 0 {
					return unknownCommand(c, args[0])
				}
				return nil
			}
			c.DisableFlagsInUseLine = true
			c.RunE = func(*cobra.Command, []string) error { return c.Help() }
		}
	}
}

// completionArgs removes control characters from the arguments if a shell asks
// for completions: cobra then writes errors about them to standard error
// itself, unsanitised. Nothing that can be completed contains such characters.
func completionArgs(args []string) []string {
	if !slices.Contains(args, cobra.ShellCompRequestCmd) && !slices.Contains(args, cobra.ShellCompNoDescRequestCmd) {
		return args
	}
	safe := make([]string, len(args))
	for i, arg := range args {
		safe[i] = report.Sanitise(arg, false)
	}
	return safe
}

// unknownCommand reports an unknown command and suggests a similar one, or says
// where the commands are listed.
func unknownCommand(c *cobra.Command, word string) error {
	names := commandNames(c)
	if near := nearest(word, names); near != "" {
		return fmt.Errorf("unknown command: %q; did you mean %s %s?", short(word), c.CommandPath(), near)
	}
	if len(names) == 0 {
		return fmt.Errorf("unexpected argument: %q; %s has no subcommands", short(word), c.CommandPath())
	}
	return fmt.Errorf("unknown command: %q; %s --help lists the commands", short(word), c.CommandPath())
}

// commandNames lists a command's subcommands.
func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// A pageWriter receives the pages that cobra writes: help, version, completion.
// It keeps the first write error, which cobra drops or reports as a usage
// error.
type pageWriter struct {
	w   io.Writer
	err error
}

func (p *pageWriter) Write(b []byte) (int, error) {
	if p.err == nil {
		_, p.err = p.w.Write(b)
	}
	return len(b), nil
}
