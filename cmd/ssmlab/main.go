// Command ssmlab runs commands inside the lab: a small network with
// nameservers, instance metadata, the edge of AWS and S3, and one fault.
//
// It is a tool for those who build ssmcheck, and not part of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// statusFailed is the exit status where the lab itself failed: the commands
// that run in it do not use it.
const statusFailed = 125

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

// A status ends ssmlab with the exit status of what ran in the lab.
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
