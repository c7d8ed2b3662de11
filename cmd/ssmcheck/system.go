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

// The contract's exit statuses that do not follow from a diagnosis.
const (
	statusUsage      = 2 // usage error, or no Region
	statusUnfinished = 3 // the run did not finish
)

// A system is everything that a run touches, so that a test can run the whole
// command.
type system struct {
	stdin          io.Reader // nil: no standard input
	stdout, stderr io.Writer
	getenv         func(string) string
	version        string
	// prober inspects the network and the node. Its zero value uses the real
	// ones.
	prober probe.Prober
}

// An exitError sets the exit status. Any other error is a usage error.
type exitError struct {
	status int
	err    error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// unfinished marks err as an error that ended a run in progress.
func unfinished(err error) error { return &exitError{statusUnfinished, err} }

// run is the whole program. It returns the exit status; a panic is reported as
// an internal error.
func run(ctx context.Context, args []string, s system) (status int) {
	defer func() {
		if r := recover(); r != nil {
			s.printError(fmt.Sprintf("internal error: %v (set SSMCHECK_DEBUG=1 for a stack trace)", r))
			if s.getenv("SSMCHECK_DEBUG") != "" {
				s.stderr.Write(debug.Stack())
			}
			status = statusUnfinished
			if wantsNagios(args, s.getenv) {
				s.failNagios("internal error")
			}
		}
	}()
	if args == nil {
		args = []string{} // given nil, cobra uses os.Args
	}
	args = completionArgs(args)
	pages := &pageWriter{w: s.stdout}
	c := newCommand(s, pages, &status)
	c.SetArgs(args)
	ran, err := c.ExecuteContextC(ctx)
	if err == nil && pages.err != nil {
		err = unfinished(fmt.Errorf("cannot write to standard output: %w", systemReason(pages.err)))
	}
	if err == nil {
		return status
	}
	s.printError(err.Error())
	if (ran == c || ran.Name() == "diagnose") && wantsNagios(args, s.getenv) {
		return s.failNagios(withoutCredentials(err.Error()))
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.status
	}
	return statusUsage
}

// printError writes an error to standard error, without any proxy password that
// a misplaced argument may contain.
func (s system) printError(text string) { s.writeLine(withoutCredentials(text)) }

// writeLine writes one line to standard error. The text may come from the user
// or the network, so it is sanitised.
func (s system) writeLine(text string) {
	t := s.terminal(s.stderr)
	fmt.Fprintf(s.stderr, "ssmcheck: %s\n", report.Sanitise(text, !t.utf8))
}
