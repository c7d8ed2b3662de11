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

const diagnoseDescription = `Judge reports again that ssmcheck wrote with -o json, perhaps on another node
and by an older version, and report what this version finds. Nothing is probed
and nothing is sent. - is standard input.

Exit status: that of the run, as ssmcheck would end it; of several the worst.
2 where a file is no report, or one that only a newer version reads.`

// tellingFlags are the flags of how a judgement is told.
var tellingFlags = []string{"output", "color", "redact", "strict", "quiet", "verbose"}

func (s system) diagnoseCommand(status *int) *cobra.Command {
	o := new(options)
	c := &cobra.Command{
		Use:     "diagnose [flags] FILE...",
		Short:   "Judge saved JSON reports again",
		Long:    diagnoseDescription,
		Example: "  ssmcheck diagnose report.json\n  ssh node ssmcheck -o json | ssmcheck diagnose -v -",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no file; give a report that ssmcheck wrote with -o json, or - for standard input")
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
	c.Flags().AddFlagSet(o.some(tellingFlags...))
	return c
}

// diagnose judges each report by itself and tells them one after the other. A
// file that is none does not keep the others from being told.
func (s system) diagnose(ctx context.Context, o *options, paths []string) (int, error) {
	o.orText()
	if len(paths) > 1 {
		if err := o.outputs.takeSeveral(); err != nil {
			return 0, err
		}
	}
	if err := o.outputs.open(); err != nil {
		return 0, err
	}
	defer o.outputs.close()

	told := make(map[*output][]byte)
	status, some := 0, false
	for n, path := range paths {
		saved, err := s.saved(ctx, path)
		if e, ok := errors.AsType[*exitError](err); ok {
			return 0, e
		}
		if err != nil && o.outputs.nagios() {
			return 0, err
		}
		if err != nil {
			s.complain(err.Error())
			status = worse(status, statusUsage)
			continue
		}
		l := &look{seen: saved.Observations}
		if !o.redact {
			l.judged = diagnose.Judge(l.seen)
		}
		d, err := s.document(o, redact.New(), l)
		if err != nil {
			return 0, err
		}
		d.Redacted = d.Redacted || saved.Redacted
		status = worse(status, o.exitStatus(d))
		if o.redact {
			path = fmt.Sprintf("report %d", n+1) // a file is often named after its node
		}
		for _, out := range o.outputs {
			content, err := s.render(d, o, out, s.destination(out))
			if err != nil {
				return 0, unfinished(err)
			}
			if len(paths) > 1 {
				told[out] = append(told[out], heading(out.format, path, some)...)
			}
			told[out] = append(told[out], content...)
		}
		some = true
	}
	if !some {
		return status, nil
	}
	for _, err := range s.write(o.outputs, func(out *output, _ io.Writer) ([]byte, error) { return told[out], nil }) {
		s.complain(err.Error())
		status = statusUnfinished
	}
	return status, nil
}

// several are the formats that hold several reports one after the other. The
// others are one document.
var several = []string{"text", "short", "ndjson", "markdown"}

// takeSeveral refuses an output that can hold one report only.
func (list outputs) takeSeveral() error {
	for _, out := range list {
		if !slices.Contains(several, out.format) {
			return fmt.Errorf("--output: %s holds one report; give one FILE, or another format", out.format)
		}
	}
	return nil
}

// heading begins the report of one of several files.
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

// worse gives the status that a program should hear of: a file that could not
// be used before all, then a run that was not finished.
func worse(a, b int) int {
	order := []int{0, 1, statusUnfinished, statusUsage}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
