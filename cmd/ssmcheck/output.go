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

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// formats are the values of --output that this version knows.
func formats() []string {
	return []string{"text", "short", "json", "ndjson", "junit", "prometheus", "nagios", "markdown", "html"}
}

// An output is one report to be written: a format, and a file or standard
// output.
type output struct {
	format string
	path   string // empty: standard output
	outputFile
}

// parseOutput reads FORMAT or FORMAT=FILE.
func parseOutput(s string) (output, error) {
	format, path, named := strings.Cut(s, "=")
	switch {
	case !slices.Contains(formats(), format):
		return output{}, fmt.Errorf("no format %q; give one of %s, and =FILE after it for a file", format, strings.Join(formats(), ", "))
	case named && path == "":
		return output{}, fmt.Errorf("no file name after %q; give %s=FILE", s, format)
	case path == "-", path == "/dev/stdout", isStandardOutput(path):
		path = ""
	}
	return output{format: format, path: path}, nil
}

// outputs are all that were asked for.
type outputs []*output

// orText gives the text to standard output where nothing was asked for. A
// quiet run then has its exit status alone.
func (o *options) orText() {
	if len(o.outputs) == 0 && !o.quiet {
		o.outputs = outputs{{format: "text"}}
	}
}

// nagios reports whether standard output is for Nagios, which makes the exit
// status Nagios's too.
func (list outputs) nagios() bool {
	return slices.ContainsFunc(list, func(o *output) bool { return o.format == "nagios" && o.path == "" })
}

// exitStatus is the status that the run of a report ends with.
func (o *options) exitStatus(d *report.Document) int {
	if o.outputs.nagios() {
		return report.NagiosStatus(d, o.strict)
	}
	return d.ExitStatus(o.strict)
}

// open looks at every file before anything is sent, so that a name that cannot
// be used is a mistake on the command line. A report of an earlier run stays
// whole until the new one is there.
func (list outputs) open() error {
	stdout := 0
	for i, o := range list {
		if o.path == "" {
			if stdout++; stdout > 1 {
				return errors.New("--output: two reports to standard output; give all but one a file: FORMAT=FILE")
			}
			continue
		}
		var err error
		if o.outputFile, err = openOutput(o.path); err != nil {
			return fmt.Errorf("--output: cannot write to %s: %w; give another file", o.path, bare(err))
		}
		for _, other := range list[:i] {
			if other.same(o.outputFile) {
				return fmt.Errorf("--output: %s is given twice; give each report a file of its own", o.path)
			}
		}
	}
	return nil
}

// close closes what is still open. Errors were told when the report was
// written.
func (list outputs) close() {
	for _, o := range list {
		o.outputFile.close()
	}
}

// bare is the system's own reason, without the operation and the path that
// the message names already.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// destination is where an output goes to, for what can be shown there.
func (s system) destination(out *output) io.Writer {
	switch {
	case out.path == "":
		return s.stdout
	case out.direct != nil:
		return out.direct
	}
	return io.Discard // a file: no terminal
}

// tell writes every report of one run, and gives an error for each that cannot
// be written.
func (s system) tell(d *report.Document, o *options) []error {
	return s.write(o.outputs, func(out *output, w io.Writer) ([]byte, error) { return s.render(d, o, out, w) })
}

// write writes what render gives for each output, and gives an error for each
// that cannot be written. The first such goes to standard output, unless a
// report goes there already: a program may read that.
func (s system) write(list outputs, render func(*output, io.Writer) ([]byte, error)) []error {
	var failed []error
	var homeless, stdout *output
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
			failed = append(failed, fmt.Errorf("cannot write the report to %s: %w", out.path, bare(err)))
			homeless = cmp.Or(homeless, out)
		}
	}
	if out := cmp.Or(stdout, homeless); out != nil {
		content, err := render(out, s.stdout)
		if err == nil {
			_, err = colourable(s.stdout).Write(content)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("cannot write the report to standard output: %w", bare(err)))
		}
	}
	return failed
}
