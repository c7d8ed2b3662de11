// Command ssmcheck checks whether AWS Systems Manager can manage this node, and
// if not, says why.
//
// This package is only the command line: it turns flags and environment into a
// plan, passes the observations to the diagnosis, writes the report and sets
// the exit status. It does not touch the network and does not decide causes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
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
