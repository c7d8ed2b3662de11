package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const diagnoseDescription = `Diagnose saved JSON reports (-o json) again, with the causes that this version
knows. The reports may come from another node or an older version. Nothing is
probed and nothing is sent. - reads standard input.

Exit status: what the run would have returned; for several files, the worst. 2
if a file is not a report or needs a newer version of ssmcheck.`

// renderFlags are the flags that affect how a report is rendered.
var renderFlags = []string{"ignore", "output", "color", "redact", "strict", "quiet", "verbose"}

func (s system) diagnoseCommand(status *int) *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:     "diagnose [flags] FILE...",
		Short:   "Diagnose saved JSON reports again",
		Long:    diagnoseDescription,
		Example: "  ssmcheck diagnose report.json\n  ssh node ssmcheck -o json | ssmcheck diagnose -v -",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no file; give a report written with -o json, or - for standard input")
			}
			return nil
		},
		DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if err := fromEnvironment(c.Flags(), s.getenv); err != nil {
				return err
			}
			*status, err = s.diagnose(c.Context(), o, args)
			return err
		},
	}
	c.Flags().SortFlags = false
	c.Flags().AddFlagSet(o.some(renderFlags...))
	return c
}

// diagnose judges each report on its own and writes them one after the other. A
// file that is not a report does not stop the others.
func (s system) diagnose(ctx context.Context, o *options, paths []string) (int, error) {
	o.defaultOutput()
	if len(paths) > 1 {
		if err := o.outputs.requireMultiReport(); err != nil {
			return 0, err
		}
	}
	if err := o.outputs.open(); err != nil {
		return 0, err
	}
	defer o.outputs.close()

	contents := make(map[*output][]byte)
	status, written := 0, false
	for n, path := range paths {
		saved, err := s.loadReport(ctx, path)
		if e, ok := errors.AsType[*exitError](err); ok {
			return 0, e
		}
		if err != nil && o.outputs.nagios() {
			return 0, err
		}
		if err != nil {
			s.printError(err.Error())
			status = worst(status, statusUsage)
			continue
		}
		l := &runResult{observed: saved.Observations}
		l.observed.Plan.Ignore = slices.Concat(l.observed.Plan.Ignore, o.config.Ignore)
		if !o.redact {
			l.report = diagnose.Judge(l.observed)
		}
		d, err := s.document(o, redact.New(), l)
		if err != nil {
			return 0, err
		}
		d.Redacted = d.Redacted || saved.Redacted
		status = worst(status, o.exitStatus(d))
		if o.redact {
			path = fmt.Sprintf("report %d", n+1) // files are often named after their node
		}
		for _, out := range o.outputs {
			content, err := s.render(d, o, out, s.destination(out))
			if err != nil {
				return 0, unfinished(err)
			}
			if len(paths) > 1 {
				contents[out] = append(contents[out], heading(out.format, path, written)...)
			}
			contents[out] = append(contents[out], content...)
		}
		written = true
	}
	if !written {
		return status, nil
	}
	for _, err := range s.write(o.outputs, func(out *output, _ io.Writer) ([]byte, error) { return contents[out], nil }) {
		s.printError(err.Error())
		status = statusUnfinished
	}
	return status, nil
}

// multiReportFormats can hold several reports one after the other. The others
// are a single document.
var multiReportFormats = []string{"text", "short", "ndjson", "markdown"}

// requireMultiReport rejects a format that holds only one report.
func (list outputs) requireMultiReport() error {
	for _, out := range list {
		if !slices.Contains(multiReportFormats, out.format) {
			return fmt.Errorf("--output: %s can hold only one report; give one FILE or another format", out.format)
		}
	}
	return nil
}

// heading introduces the report of one of several files. more: it is not the
// first.
func heading(format, path string, more bool) string {
	if path == "-" {
		path = "standard input"
	}
	path = report.Sanitise(path, false)
	between := ""
	if more {
		between = "\n"
	}
	switch format {
	case "text":
		return between + "==> " + path + " <==\n"
	case "short":
		return path + ":\n"
	case "markdown":
		return between + "# " + strings.ReplaceAll(path, "`", "'") + "\n\n"
	}
	return ""
}

// worst returns the status that matters more to a caller: an unusable file
// first, then an unfinished run.
func worst(a, b int) int {
	order := []int{0, 1, statusUnfinished, statusUsage}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
