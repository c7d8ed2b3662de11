package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
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
	var b bytes.Buffer
	err := write(&b, s.textOptions(o, s.stdout))
	if err == nil {
		_, err = colourable(s.stdout).Write(b.Bytes())
	}
	if err != nil {
		return unfinished(fmt.Errorf("cannot write to standard output: %w", systemReason(err)))
	}
	return nil
}

// document makes the report of a run as it may be shown: with --redact the
// observations are replaced by a copy with pseudonyms, and judged again. With the
// same r, several runs of one node get the same pseudonyms.
func (s system) document(o *options, r *redact.Redactor, l *runResult) (*report.Document, error) {
	if !o.redact {
		return report.New(s.version, l.report, l.observed), nil
	}
	seen, err := r.Observations(l.observed)
	if err != nil {
		return nil, unfinished(fmt.Errorf("--redact: %w", err))
	}
	return report.NewRedacted(s.version, seen), nil
}

// redacted returns a run's diagnosis for messages before its report is written.
func (o *options) redacted(l *runResult) *diagnose.Report {
	if !o.redact {
		return l.report
	}
	seen, err := o.redactor.Observations(l.observed)
	if err != nil {
		return &diagnose.Report{} // writing the report will fail with the same error
	}
	return diagnose.Judge(seen)
}

// render makes a report that w can display, in one of the formats.
func (s system) render(d *report.Document, o *options, format string, w io.Writer) ([]byte, error) {
	text := s.textOptions(o, w)
	var b bytes.Buffer
	var err error
	switch format {
	case "text":
		err = report.Text(&b, d, text)
	case "short":
		err = report.Short(&b, d, text)
	case "json":
		err = report.JSON(&b, d)
	case "ndjson":
		err = report.NDJSON(&b, d)
	case "junit":
		err = report.JUnit(&b, d, o.strict)
	case "prometheus":
		err = report.Prometheus(&b, d, o.strict)
	case "nagios":
		err = report.Nagios(&b, d, o.strict)
	case "markdown":
		err = report.Markdown(&b, d)
	case "html":
		err = report.HTML(&b, d, pageOptions(d, text))
	default:
		err = fmt.Errorf("unknown format %q", format)
	}
	return b.Bytes(), err
}

// textOptions are those of a text that w can display.
func (s system) textOptions(o *options, w io.Writer) report.TextOptions {
	t := s.terminal(w)
	return report.TextOptions{
		Color: s.colours(o.color, t), ASCII: !t.utf8, Width: t.width,
		Verbose: o.verbose, Brief: o.quiet, Strict: o.strict,
	}
}

// pageOptions add to a page what no script can make of the report in it: the fixes
// as `ssmcheck fix` prints them, and the judgement of a redacted copy.
func pageOptions(d *report.Document, text report.TextOptions) report.HTMLOptions {
	o := report.HTMLOptions{Text: text, Fixes: remedy.Texts(remedy.New(&d.Report, d.Observations))}
	if !d.Redacted {
		// Without a copy the page offers none.
		if seen, err := redact.New().Observations(d.Observations); err == nil {
			o.Redacted = report.NewRedacted(d.Tool.Version, seen)
		}
	}
	return o
}
