package diagnose

import (
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// How attempts and experiments went.

// sameName compares host names as DNS does.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// isUndecided reports whether an attempt was not completed: the run ended first, or this
// node ran out of resources, which says nothing about the network.
func isUndecided(f *observation.Failure) bool {
	return f.Of(observation.KindUndecided, observation.KindInterrupted, observation.KindNoResources)
}

// experiment finds the experiment of a kind. nil: it was not made.
func experiment(es []observation.Experiment, kind observation.ExperimentKind) *observation.Experiment {
	return find(es, func(e *observation.Experiment) bool { return e.Kind == kind && e.NotMade == "" })
}

// passed reports whether the experiment of a kind was made and finished a handshake.
func passed(es []observation.Experiment, kind observation.ExperimentKind) bool {
	return handshakeDone(experiment(es, kind))
}

// handshakeDone reports whether the experiment finished a handshake.
func handshakeDone(e *observation.Experiment) bool {
	return e != nil && e.Result.Handshake != nil && e.Result.Handshake.Failure == nil
}
