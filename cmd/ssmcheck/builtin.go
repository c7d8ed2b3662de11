package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// mendBuiltin keeps the commands that cobra brings from answering a word that
// they do not know with a page of help and status 0: a script would take it for
// what it asked for.
func mendBuiltin(root *cobra.Command) {
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
			// Without a Run cobra does not look at its arguments.
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

// completionArgs are the arguments without what a terminal obeys, where a shell
// asks for completions: cobra itself then tells of a mistake in them, with its
// own hands on standard error. No word of ours that they could be completed to
// has such a character.
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

// unknownCommand says which words the command takes.
func unknownCommand(c *cobra.Command, word string) error {
	names := commandNames(c)
	if near := nearest(word, names); near != "" {
		return fmt.Errorf("unknown command: %q; did you mean %s %s?", short(word), c.CommandPath(), near)
	}
	if len(names) == 0 {
		return fmt.Errorf("unexpected argument: %q; %s has no commands of its own", short(word), c.CommandPath())
	}
	return fmt.Errorf("unknown command: %q; %s --help lists them", short(word), c.CommandPath())
}

// commandNames lists the commands of a command.
func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// A pageWriter is where cobra writes its own pages: help, version, completion.
// It keeps the error of a write, which cobra drops, or takes for a mistake on
// the command line.
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
