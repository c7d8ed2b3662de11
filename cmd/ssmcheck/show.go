package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// addForm gives a command an --output of its own: one form, to standard output.
func addForm(c *cobra.Command, into *string, forms []string, usage string) {
	c.Flags().VarP(choice("FORMAT", into, forms...), "output", "o", usage)
	// The only error is a flag that does not exist.
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
}

// show writes to standard output what write makes, as that can show it.
func (s system) show(o *options, write func(io.Writer, report.TextOptions) error) error {
	t := s.terminal(s.stdout)
	var b bytes.Buffer
	err := write(&b, report.TextOptions{Color: s.colours(o.color, t), ASCII: !t.utf8, Width: t.width, Verbose: o.verbose})
	if err == nil {
		_, err = colourable(s.stdout).Write(b.Bytes())
	}
	if err != nil {
		return unfinished(fmt.Errorf("cannot write to standard output: %w", bare(err)))
	}
	return nil
}
