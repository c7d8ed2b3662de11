package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/fleet/render"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const diffDescription = `Say what changed between two reports of a node, or between the reports of a
fleet on two days: which errors and warnings are new, gone and the same, and
which nodes changed their verdict. OLD and NEW are each a report, a file of many
or a directory, as for ssmcheck fleet; one may be - for standard input.

Exit status: 1 if a cause is new or a node fails that did not; otherwise 3 if
something could not be read; otherwise 0.`

func (s system) diffCommand(status *int) *cobra.Command {
	o := new(options)
	var format string
	c := &cobra.Command{
		Use:     "diff [flags] OLD NEW",
		Short:   "Say what changed between two reports or two fleets",
		Long:    diffDescription,
		Example: "  ssmcheck diff before.json after.json\n  ssmcheck diff reports/2026-11-28 reports/2026-11-29",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 || args[0] == fleet.StandardInput && args[1] == fleet.StandardInput {
				return errors.New("give two reports, files or directories: OLD NEW")
			}
			return nil
		},
	}
	addFormatFlag(c, &format, []string{"text", "json"}, "text or json")
	given := o.some("color", "quiet")
	given.Lookup("quiet").Usage = "print no progress"
	return s.subcommand(c, status, given, func(ctx context.Context, args []string) (int, error) {
		return s.diff(ctx, o, format, args)
	})
}

// diff reads both and prints what changed.
func (s system) diff(ctx context.Context, o *options, format string, paths []string) (int, error) {
	var both [2]*fleet.Rollup
	for i, path := range paths {
		r, err := s.rollUp(ctx, o, fleet.Options{}, []string{path})
		if err != nil {
			return 0, err
		}
		if r.Interrupted {
			return 0, unfinished(errors.New("interrupted while reading " + path))
		}
		both[i] = r
	}
	d := fleet.Compare(both[0], both[1])
	err := s.print(o, func(w io.Writer, t report.TextOptions) error {
		if format == "json" {
			return render.JSON(w, d)
		}
		return render.DiffText(w, d, render.Options{TextOptions: t})
	})
	switch {
	case d.Worse():
		return 1, err
	case len(d.Problems) > 0 || d.Old.Nodes == 0 || d.New.Nodes == 0:
		return statusUnfinished, err
	}
	return 0, err
}
