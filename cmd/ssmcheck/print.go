package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// addFormatFlag gives a command its own --output flag: one format, always to
// standard output.
func addFormatFlag(c *cobra.Command, into *string, formats []string, usage string) {
	c.Flags().VarP(choice("FORMAT", into, formats...), "output", "o", usage)
	// Fails only if the flag does not exist.
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// print writes to standard output what write produces for that terminal.
func (s system) print(o *options, write func(io.Writer, report.TextOptions) error) error {
	t := s.terminal(s.stdout)
	var b bytes.Buffer
	err := write(&b, report.TextOptions{Color: s.colours(o.color, t), ASCII: !t.utf8, Width: t.width, Verbose: o.verbose})
	if err == nil {
		_, err = colourable(s.stdout).Write(b.Bytes())
	}
	if err != nil {
		return unfinished(fmt.Errorf("cannot write to standard output: %w", systemReason(err)))
	}
	return nil
}
