package main

import (
	"context"

	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// preflight is the program without a subcommand: one run, or with --wait as
// many as it takes, and the report of the last one. An error that is not an
// exitError is a usage error.
func (s system) preflight(ctx context.Context, o *options) (int, error) {
	defer deferGC()()
	o.defaultOutput()
	if err := o.outputs.open(); err != nil {
		return 0, err
	}
	defer o.outputs.close()
	if o.redact {
		o.redactor = redact.New()
	}

	last, interrupted, err := s.runOrWait(ctx, o)
	if err != nil {
		return 0, err
	}
	d, err := s.document(o, o.redactor, last)
	if err != nil {
		return 0, err
	}
	status := o.exitStatus(d)
	if interrupted {
		when := "interrupted"
		if last.observed.Plan.Region == "" {
			when += " before the Region was found"
		}
		s.printError(when + "; the report covers only what was observed until then")
		status = statusUnfinished
	}
	for _, err := range s.writeReports(d, o) {
		s.printError(err.Error())
		status = statusUnfinished
	}
	return status, nil
}

func (s system) runOrWait(ctx context.Context, o *options) (last *runResult, interrupted bool, err error) {
	if o.wait > 0 {
		return s.waitUntilPass(ctx, o)
	}
	last, err = s.runOnce(ctx, o, nil)
	return last, err == nil && last.report.Interrupted, err
}
