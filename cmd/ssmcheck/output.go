package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// formats are the values of --output.
func formats() []string {
	return []string{"text", "short", "json", "ndjson", "junit", "prometheus", "nagios", "markdown", "html"}
}

// An output is a report to write: a format, and a file or standard output.
type output struct {
	format string
	path   string // empty: standard output
	outputFile
}

// parseOutput reads FORMAT or FORMAT=FILE.
func parseOutput(s string) (output, error) {
	format, path, named := strings.Cut(s, "=")
	first, rest, several := strings.Cut(format, ",")
	next, _, _ := strings.Cut(rest, ",")
	switch {
	case several && slices.Contains(formats(), first):
		return output{}, fmt.Errorf("%q names several formats; repeat -o: -o %s -o %s", s, first, cmp.Or(next, "FORMAT"))
	case !slices.Contains(formats(), format):
		return output{}, fmt.Errorf("unknown format %q; give one of %s, followed by =FILE to write a file", format, strings.Join(formats(), ", "))
	case named && path == "":
		return output{}, fmt.Errorf("no file name after %q; give %s=FILE", s, format)
	case path == "-", path == "/dev/stdout", isStandardOutput(path):
		path = ""
	}
	return output{format: format, path: path}, nil
}

// outputs are all requested outputs.
type outputs []*output

// defaultOutput adds text to standard output if no output was requested. A
// quiet run then prints nothing.
func (o *options) defaultOutput() {
	if len(o.outputs) == 0 && !o.quiet {
		o.outputs = outputs{{format: "text"}}
	}
}

// nagios reports whether standard output is for Nagios, which also sets
// Nagios's exit status.
func (list outputs) nagios() bool {
	return slices.ContainsFunc(list, func(o *output) bool { return o.format == "nagios" && o.path == "" })
}

// exitStatus returns the exit status of the run that the report is about.
func (o *options) exitStatus(d *report.Document) int {
	if o.outputs.nagios() {
		return report.NagiosStatus(d, o.strict)
	}
	return d.ExitStatus(o.strict)
}

// open checks every file before anything is sent, so that an unusable file is a
// usage error. An existing report stays intact until the new one replaces it.
func (list outputs) open() error {
	stdout := 0
	for i, o := range list {
		if o.path == "" {
			if stdout++; stdout > 1 {
				return errors.New("--output: only one report can go to standard output; write the others to files with FORMAT=FILE")
			}
			continue
		}
		var err error
		if o.outputFile, err = openOutput(o.path); err != nil {
			return fmt.Errorf("--output: cannot write to %s: %w", o.path, systemReason(err))
		}
		o.public = o.format == "prometheus"
		for _, other := range list[:i] {
			if other.same(o.outputFile) {
				return fmt.Errorf("--output: two reports would be written to %s; give each its own file", o.path)
			}
		}
	}
	return nil
}

// close closes what is still open. Errors have been reported when the report
// was written.
func (list outputs) close() {
	for _, o := range list {
		o.outputFile.close()
	}
}

// systemReason returns the system's own reason, without the operation and path,
// which our message names already.
func systemReason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// destination is the writer of an output, to find out what it can display.
func (s system) destination(out *output) io.Writer {
	switch {
	case out.path == "":
		return s.stdout
	case out.direct != nil:
		return out.direct
	}
	return io.Discard // a file is not a terminal
}

// writeReports writes every report of one run, and returns an error for each
// that cannot be written.
func (s system) writeReports(d *report.Document, o *options) []error {
	return s.write(o.outputs, func(out *output, w io.Writer) ([]byte, error) { return s.render(d, o, out.format, w) })
}

// write writes what render returns for each output, and returns an error for
// each that cannot be written. The first of those goes to standard output
// instead, unless a report goes there already, which a program may be reading.
func (s system) write(list outputs, render func(*output, io.Writer) ([]byte, error)) []error {
	var failed []error
	var undelivered, stdout *output
	for _, out := range list {
		if out.path == "" {
			stdout = out
			continue
		}
		content, err := render(out, s.destination(out))
		if err == nil {
			err = out.put(content)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("cannot write the report to %s: %w", out.path, systemReason(err)))
			undelivered = cmp.Or(undelivered, out)
		}
	}
	if out := cmp.Or(stdout, undelivered); out != nil {
		content, err := render(out, s.stdout)
		if err == nil {
			_, err = colourable(s.stdout).Write(content)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("cannot write the report to standard output: %w", systemReason(err)))
		}
	}
	return failed
}

// wantsNagios reports whether the arguments ask for a Nagios report on standard
// output. They may be invalid: Nagios takes status 2 for critical and shows
// what is on standard output, so a usage error must be reported its way too.
func wantsNagios(args []string, getenv func(string) string) bool {
	o := new(options)
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.VarP(&value{set: o.addOutput}, "output", "o", "")
	// The error has already been reported.
	_ = f.Parse(args)
	if !f.Changed("output") {
		_ = fromEnvironment(f, getenv)
	}
	return o.outputs.nagios()
}

// failNagios reports to Nagios that there is no report, and returns its status.
func (s system) failNagios(text string) int {
	fmt.Fprintln(s.stdout, report.NagiosLine(report.NagiosUnknown, text))
	return report.NagiosUnknown
}
