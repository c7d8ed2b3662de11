// Command ssmlab runs commands inside the lab: a small network with nameservers,
// instance metadata, AWS's servers and S3, and a fault.
//
// It is a development tool and not part of ssmcheck.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// statusFailed is the exit status if the lab itself failed. Commands in the lab do not
// use it.
const statusFailed = 125

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

// A status is the exit status of the command in the lab, which ssmlab returns.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "ssmlab",
		Short:         "Run a command inside a small network with a fault in it",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(listCommand(), runCommand(), demoCommand())
	root.AddCommand(hiddenCommands()...)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if s, ok := errors.AsType[status](err); ok {
		return int(s)
	}
	fmt.Fprintln(os.Stderr, "ssmlab:", err)
	return statusFailed
}
