package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// The exit statuses of the contract that are not a judgement's.
const (
	statusUsage      = 2 // the command line is wrong, or there is no Region
	statusUnfinished = 3 // the run could not be finished
)

// A system is all that a run touches, so that a test can run the whole command.
type system struct {
	stdin          io.Reader // nil: nothing to read
	stdout, stderr io.Writer
	getenv         func(string) string
	version        string
	// prober looks at the network and the node. The zero value is the real
	// one.
	prober probe.Prober
}

// An exitError is an error that ends the program with a status of its own. All
// others are mistakes on the command line.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// unfinished marks err as one that ended a run that was under way.
func unfinished(err error) error { return &exitError{statusUnfinished, err} }

// run is the whole program: it returns the exit status.
func run(ctx context.Context, args []string, s system) (status int) {
	defer func() {
		if r := recover(); r != nil {
			s.complain(fmt.Sprintf("internal error: %v (SSMCHECK_DEBUG=1 tells where)", r))
			if s.getenv("SSMCHECK_DEBUG") != "" {
				s.stderr.Write(debug.Stack())
			}
			status = statusUnfinished
			if nagiosAsked(args, s.getenv) {
				s.failNagios("internal error")
			}
		}
	}()
	if args == nil {
		args = []string{} // cobra would take os.Args for nil
	}
	args = completionArgs(args)
	pages := &pageWriter{w: s.stdout}
	c := newCommand(s, pages, &status)
	c.SetArgs(args)
	ran, err := c.ExecuteContextC(ctx)
	if err == nil && pages.err != nil {
		err = unfinished(fmt.Errorf("cannot write to standard output: %w", bare(pages.err)))
	}
	if err == nil {
		return status
	}
	s.complain(err.Error())
	if (ran == c || ran.Name() == "diagnose") && nagiosAsked(args, s.getenv) {
		return s.failNagios(withoutCredentials(err.Error()))
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.status
	}
	return statusUsage
}

// complain writes an error to standard error. A proxy's password, which may
// stand in a wrong place of the command line, is left out.
func (s system) complain(text string) { s.writeLine(withoutCredentials(text)) }

// writeLine writes one line to standard error. What a user or the network gave
// is in it, so it is sanitised.
func (s system) writeLine(text string) {
	t := s.terminal(s.stderr)
	fmt.Fprintf(s.stderr, "ssmcheck: %s\n", report.Sanitise(text, !t.utf8))
}
