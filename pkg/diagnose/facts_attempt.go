package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What attempts and experiments came to.

// sameName compares host names as DNS does.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// isUndecided reports whether an attempt was not made to its end: the run ended
// first, or this node ran out of what an attempt takes, which says nothing of
// the network.
func isUndecided(f *observation.Failure) bool {
	return f.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources)
}

// experiment finds the experiment of a kind, nil where it was not made.
func experiment(es []observation.Experiment, kind observation.ExperimentKind) *observation.Experiment {
	for i := range es {
		if es[i].Kind == kind && es[i].NotMade == "" {
			return &es[i]
		}
	}
	return nil
}

// handshakeDone reports whether the experiment finished a handshake.
func handshakeDone(e *observation.Experiment) bool {
	return e != nil && e.Result.Handshake != nil && e.Result.Handshake.Failure == nil
}
