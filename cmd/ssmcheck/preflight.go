package main

import (
	"context"

	"github.com/ssmcheck/ssmcheck/pkg/redact"
)

// preflight is the program without a subcommand: one look, or with --wait as
// many as it takes, and the report of the last. Its error is a mistake on the
// command line, unless it is an exitError.
func (s system) preflight(ctx context.Context, o *options) (int, error) {
	defer collectLess()()
	o.orText()
	if err := o.outputs.open(); err != nil {
		return 0, err
	}
	defer o.outputs.close()
	if o.redact {
		o.redactor = redact.New()
	}

	last, interrupted, err := s.lookOrWait(ctx, o)
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
		if last.seen.Plan.Region == "" {
			when += " before the Region was known"
		}
		s.complain(when + "; the report is of what was seen until then")
		status = statusUnfinished
	}
	for _, err := range s.tell(d, o) {
		s.complain(err.Error())
		status = statusUnfinished
	}
	return status, nil
}

func (s system) lookOrWait(ctx context.Context, o *options) (last *look, interrupted bool, err error) {
	if o.wait > 0 {
		return s.waitUntilWell(ctx, o)
	}
	last, err = s.look(ctx, o, nil)
	return last, err == nil && last.judged.Interrupted, err
}
