package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/fleet/render"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const fleetDescription = `Roll up the reports of many nodes: how many pass, warn and fail, and which
causes explain them, the largest first. Reads reports (-o json or -o ndjson,
also compressed by gzip) from files, from directories (all *.json and *.ndjson
below them) and, as -, from standard input. The newest report of each node
counts. Nothing is probed and nothing is sent. What could not be used is named
in the roll-up; with csv and prometheus, on standard error.

Exit status: 1 if a node fails; otherwise 3 if something could not be read or
judged, or there was nothing to read; otherwise 0.`

const fleetExamples = `  ssmcheck fleet reports/
  ssmcheck fleet reports/ --by vpc --top 3
  ssmcheck fleet reports/ --since 25h -o csv >nodes.csv`

// fleetFormats are the values of --output.
var fleetFormats = []string{"text", "json", "csv", "markdown", "html", "prometheus"}

// fleetOptions are the options that only fleet has.
type fleetOptions struct {
	format string
	by     string
	since  time.Duration
	top    int
}

func (s system) fleetCommand(status *int) *cobra.Command {
	o, f := new(options), &fleetOptions{top: 10}
	c := &cobra.Command{
		Use:     "fleet [flags] FILE|DIRECTORY...",
		Short:   "Roll up the reports of many nodes",
		Long:    fleetDescription,
		Example: fleetExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no file; give reports, directories of reports, or - for standard input")
			}
			return nil
		},
	}
	given := pflag.NewFlagSet("", pflag.ContinueOnError)
	given.Var(&value{kind: "KEY", set: func(s string) error {
		if s == "" {
			return errors.New("empty; give a label's key, region, vpc or subnet")
		}
		f.by = s
		return nil
	}}, "by", "break down by a label, region, vpc or subnet")
	given.Var(&value{kind: "DURATION", set: func(s string) error {
		d, err := parseDuration(s)
		f.since = time.Duration(d)
		return err
	}}, "since", "leave out older reports, and list the nodes\nthat have no newer one")
	given.Var(&value{kind: "N", show: "10", set: func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return fmt.Errorf("not a number: %q; give one such as 5, or 0 for all", s)
		}
		f.top = n
		return nil
	}}, "top", "how many causes text and markdown show, 0:\nall")
	given.AddFlagSet(o.some("color", "quiet"))
	given.Lookup("quiet").Usage = "print no progress"
	addFormatFlag(c, &f.format, fleetFormats, "text, json, csv, markdown, html or\nprometheus")
	return s.subcommand(c, status, given, func(ctx context.Context, args []string) (int, error) {
		return s.fleet(ctx, o, f, args)
	})
}

// fleet reads the reports and prints their roll-up.
func (s system) fleet(ctx context.Context, o *options, f *fleetOptions, paths []string) (int, error) {
	r, err := s.rollUp(ctx, o, fleet.Options{By: f.by, Since: f.since}, paths)
	if err != nil {
		return 0, err
	}
	err = s.print(o, func(w io.Writer, t report.TextOptions) error {
		x := render.Options{TextOptions: t, Top: f.top}
		switch f.format {
		case "json":
			return render.JSON(w, r)
		case "csv":
			return render.CSV(w, r)
		case "markdown":
			return render.Markdown(w, r, x)
		case "html":
			return render.HTML(w, r, x)
		case "prometheus":
			return render.Prometheus(w, r)
		}
		return render.Text(w, r, x)
	})
	if f.format == "csv" || f.format == "prometheus" {
		for _, line := range render.Aside(r) {
			s.printError(line)
		}
	}
	return r.ExitStatus(), err
}

// rollUp reads the reports, and shows on a terminal how far it is.
func (s system) rollUp(ctx context.Context, o *options, f fleet.Options, paths []string) (*fleet.Rollup, error) {
	roll := fleet.NewRoll(time.Now())
	end := s.showReading(o, roll)
	err := roll.Read(ctx, paths, s.stdin)
	end()
	if err != nil && !interruptedBy(ctx) {
		return nil, unfinished(err)
	}
	r := roll.Rollup(f)
	r.Tool = fleet.Tool{Name: "ssmcheck", Version: s.version}
	r.Interrupted = err != nil
	for _, p := range r.Problems {
		for _, e := range p.Examples { // a misplaced argument may be a proxy's URL
			e.Path = withoutCredentials(e.Path)
		}
	}
	return r, nil
}

// showReading shows on a terminal how much has been read, until end is called.
func (s system) showReading(o *options, roll *fleet.Roll) (end func()) {
	if o.quiet || !s.overwrites(s.terminal(s.stderr)) {
		return func() {}
	}
	w := colourable(s.stderr)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(progressDelay)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				// Errors writing progress must not affect the run.
				_, _ = io.WriteString(w, "\r\x1b[K")
				return
			case <-tick.C:
				bytes, reports, nodes := roll.Progress()
				_, _ = fmt.Fprintf(w, "\r%d MB, %d reports, %d nodes\x1b[K", bytes/1e6, reports, nodes)
			}
		}
	}()
	return func() { close(stop); <-stopped }
}
