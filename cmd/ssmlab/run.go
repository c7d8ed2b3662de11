package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ssmcheck/ssmcheck/internal/lab/netns"
)

func runCommand() *cobra.Command {
	mapped := false
	var rtt time.Duration
	c := &cobra.Command{
		Use:   "run SCENARIO -- COMMAND…",
		Short: "Run a command in a scenario's network (Linux)",
		Long: `run starts a scenario's network in namespaces of its own and runs the command on
its node; the exit status is the command's. With --mapped the servers listen on
loopback, and the ssmcheck that is linked into this program runs: that works on
every system, and takes ssmcheck's flags instead of a command. --rtt sets the
round-trip time to all but link-local addresses; it needs /dev/net/tun and root.`,
		Example: `  ssmlab run endpoint-blocked -- dig ssm.us-east-2.amazonaws.com
  ssmlab run endpoint-blocked -- bin/ssmcheck -o json
  ssmlab run --mapped endpoint-blocked`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := find(args[0])
			if err != nil {
				return err
			}
			if mapped {
				flags := words(args[1:])
				if len(flags) > 0 && !strings.HasPrefix(flags[0], "-") {
					return fmt.Errorf("--mapped runs the linked ssmcheck and no other command: give its flags instead of %q, or leave out --mapped", flags[0])
				}
				r, err := preflight(cmd.Context(), s, flags, cmd.OutOrStdout())
				if err != nil {
					return err
				}
				return ended(r.Status, nil)
			}
			command := words(args[1:])
			if len(command) == 0 {
				return errors.New("nothing to run: give a command after --, as in `ssmlab run private-vpc -- ssmcheck`")
			}
			if cmd.Flags().Changed(netns.RTTFlag) {
				return ended(netns.RunFar(cmd.Context(), s, rtt, command))
			}
			return ended(netns.Run(cmd.Context(), s, command))
		},
	}
	c.Flags().BoolVar(&mapped, "mapped", false, "run the linked ssmcheck, with servers on loopback")
	c.Flags().DurationVar(&rtt, netns.RTTFlag, 0, "round-trip time to all but link-local addresses")
	c.Flags().SetInterspersed(false)
	return c
}

// hiddenCommands are those with which ssmlab starts itself again.
func hiddenCommands() []*cobra.Command {
	var rtt time.Duration
	world := &cobra.Command{
		Use: netns.WorldCommand, Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := find(args[0])
			if err != nil {
				return err
			}
			if cmd.Flags().Changed(netns.RTTFlag) {
				return ended(netns.WorldFar(cmd.Context(), s, rtt, words(args[1:])))
			}
			return ended(netns.World(cmd.Context(), s, words(args[1:])))
		},
	}
	world.Flags().DurationVar(&rtt, netns.RTTFlag, 0, "round-trip time to all but link-local addresses")
	node := &cobra.Command{
		Use: netns.NodeCommand, Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error { return netns.Node(words(args)) },
	}
	commands := []*cobra.Command{world, node}
	for _, c := range commands {
		c.Flags().SetInterspersed(false)
	}
	return commands
}

// words returns a command without the -- before it.
func words(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// ended returns the exit status of a command as an error.
func ended(code int, err error) error {
	if err == nil && code != 0 {
		return status(code)
	}
	return err
}
