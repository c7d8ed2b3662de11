package probe

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// An Event tells a person who waits what has just been seen. Events come in
// the order of time, from several goroutines but never two at once.
type Event struct {
	// Target is the planned target that it concerns.
	Target string
	// Done: nothing more will be tried there.
	Done bool
	// Failure is the first one met there, nil where all went well so far.
	Failure *observation.Failure
}
