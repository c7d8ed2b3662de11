package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

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
