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
knows. The reports may come from other nodes or an older version. A file may
hold several, one a line or one after the other, and be compressed by gzip.
Nothing is probed and nothing is sent. - reads standard input.

Exit status: what the run would have returned; for several reports, the worst.
2 if one is not a report, has no observations (-o ndjson) or needs a newer
version of ssmcheck; the others are diagnosed all the same.`

// renderFlags are the flags that affect how a report is rendered.
var renderFlags = []string{"ignore", "output", "color", "redact", "strict", "quiet", "verbose"}

func (s system) diagnoseCommand(status *int) *cobra.Command {
	o := new(options)
	return s.subcommand(&cobra.Command{
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
	}, status, o.some(renderFlags...), func(ctx context.Context, args []string) (int, error) {
		return s.diagnose(ctx, o, args)
	})
}

// maxOutput bounds what diagnose holds until it writes: an output may be the file
// that is read.
const maxOutput = 64 << 20

var errTooMuchOutput = errors.New("more than 64 MiB to write, the rest is left out; give fewer reports at a time")

// diagnose judges each report on its own and writes them one after the other. What
// is not a report does not stop the others.
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

	t := rejudging{o: o, several: len(paths) > 1, contents: make(map[*output][]byte)}
	for _, path := range paths {
		if err := s.savedReports(ctx, path, func(r savedReport) error { return s.rejudge(&t, r) }); err != nil {
			return 0, err
		}
	}
	if !t.written {
		return t.status, nil
	}
	for _, err := range s.write(o.outputs, func(out *output, _ io.Writer) ([]byte, error) { return t.contents[out], nil }) {
		s.printError(err.Error())
		t.status = statusUnfinished
	}
	return t.status, nil
}

// A rejudging is what diagnose has judged so far.
type rejudging struct {
	o        *options
	status   int // the worst
	several  bool
	read     int // documents, whether reports or not
	size     int
	written  bool
	contents map[*output][]byte
}

// rejudge judges one report and adds it to each output.
func (s system) rejudge(t *rejudging, r savedReport) error {
	t.read++
	o := t.o
	if r.several {
		t.several = true
		if err := o.outputs.requireMultiReport(); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	saved, err := r.read()
	if err != nil && o.outputs.nagios() {
		return err
	}
	if err != nil {
		s.printError(err.Error())
		t.status = worst(t.status, statusUsage)
		return nil
	}
	l := &runResult{observed: saved.Observations}
	l.observed.Plan.Ignore = slices.Concat(l.observed.Plan.Ignore, o.config.Ignore)
	if !o.redact {
		l.report = diagnose.Judge(l.observed)
	}
	d, err := s.document(o, redact.New(), l)
	if err != nil {
		return err
	}
	d.Redacted = d.Redacted || saved.Redacted
	t.status = worst(t.status, o.exitStatus(d))
	name := r.name
	if o.redact {
		name = fmt.Sprintf("report %d", t.read) // files are often named after their node
	}
	for _, out := range o.outputs {
		content, err := s.render(d, o, out.format, s.destination(out))
		if err != nil {
			return unfinished(err)
		}
		if t.size += len(content); t.size > maxOutput && t.written {
			return unfinished(fmt.Errorf("%s: %w", r.name, errTooMuchOutput))
		}
		if t.several {
			t.contents[out] = append(t.contents[out], heading(out.format, name, t.written)...)
		}
		t.contents[out] = append(t.contents[out], content...)
	}
	t.written = true
	return nil
}

// multiReportFormats can hold several reports one after the other. The others
// are a single document.
var multiReportFormats = []string{"text", "short", "ndjson", "markdown"}

// requireMultiReport rejects a format that holds only one report.
func (list outputs) requireMultiReport() error {
	for _, out := range list {
		if !slices.Contains(multiReportFormats, out.format) {
			return fmt.Errorf("--output: %s can hold only one report; give one report or another format", out.format)
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
