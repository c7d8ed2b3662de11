// Command ssmcheck checks whether AWS Systems Manager can manage this node, and
// if not, says why.
//
// This package is only the command line: it turns flags and environment into a
// plan, passes the observations to the diagnosis, writes the report and sets
// the exit status. It does not touch the network and does not decide causes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

func main() {
	// Parsing a time with an offset makes Go read /etc/localtime, an unbounded
	// read. All times here are printed in UTC.
	time.Local = time.UTC
	ignoreShellGODEBUG()
	ctx, end := context.WithCancelCause(context.Background())
	onInterrupt(func() { end(probe.ErrInterrupted) })
	// A closed pipe must not end the program: the other outputs are still
	// written.
	signal.Ignore(syscall.SIGPIPE)
	s := system{
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		getenv:  os.Getenv,
		version: buildVersion(),
	}
	if closed, _ := wereClosed(); closed {
		s.stdout = closedStream{}
	}
	os.Exit(run(ctx, os.Args[1:], s))
}

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

// signalDebounce is how long further signals are ignored: timeout(1) signals
// the program and then its whole group, and a service manager sends SIGHUP along
// with SIGTERM.
const signalDebounce = 300 * time.Millisecond

// onInterrupt calls f on the first interrupt, SIGTERM or SIGHUP (the terminal is
// gone), so that the report so far is still written. A later signal ends the
// program at once.
func onInterrupt(f func()) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // ignored under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, signals...)
	go func() {
		<-c
		time.AfterFunc(signalDebounce, func() { signal.Reset(signals...) })
		f()
	}()
}

// ignoreShellGODEBUG keeps this shell's GODEBUG from changing the ClientHello:
// the GODEBUG of the agent's service decides that. It affects this process only.
func ignoreShellGODEBUG() {
	if settings := os.Getenv("GODEBUG"); settings != "" {
		_ = os.Setenv("GODEBUG", settings+",tlsmlkem=1") // the last one counts
	}
}

// gcThreshold is how much memory a preflight may use before garbage collection
// starts: a healthy run needs half of it.
const gcThreshold = 16 << 20

// deferGC turns garbage collection off until gcThreshold is in use: a run is
// short, and collecting would take a tenth of its processor time. GOGC and
// GOMEMLIMIT take precedence. Call undo after the preflight.
func deferGC() (undo func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	limit, percent := debug.SetMemoryLimit(gcThreshold), debug.SetGCPercent(-1)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
