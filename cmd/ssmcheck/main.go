// Command ssmcheck checks whether this node can be managed through AWS Systems
// Manager, and if not, why.
//
// It holds the command line only: flags and environment become a plan, what
// was observed is judged, the judgement is told, and the exit status follows.
// It looks at no network and decides no cause by itself.
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
	// Go reads /etc/localtime, whatever stands there, where a time from outside
	// has an offset. Every time here is told in UTC.
	time.Local = time.UTC
	sendAsTheAgent()
	ctx, end := context.WithCancelCause(context.Background())
	onInterrupt(func() { end(probe.ErrInterrupted) })
	// A closed pipe is an output that cannot be written, not the end of the
	// program: the other outputs still are.
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
