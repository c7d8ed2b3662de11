//go:build !linux

package netns

import (
	"context"
	"time"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// Run runs a command inside a scenario's world.
func Run(context.Context, lab.Scenario, []string) (int, error) { return 0, ErrNotHere }

// RunFar is Run with a round-trip time to all but link-local addresses.
func RunFar(context.Context, lab.Scenario, time.Duration, []string) (int, error) {
	return 0, ErrNotHere
}

// WorldFar is World with a round-trip time to all but link-local addresses.
func WorldFar(context.Context, lab.Scenario, time.Duration, []string) (int, error) {
	return 0, ErrNotHere
}

// World owns the namespaces.
func World(context.Context, lab.Scenario, []string) (int, error) { return 0, ErrNotHere }

// Node becomes the node.
func Node([]string) error { return ErrNotHere }

// Missing returns the programs that are not installed: here all of them.
func Missing(programs []string) []string { return programs }
