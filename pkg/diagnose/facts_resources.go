package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// starved says what this node ran out of while it was looked at, "" where it
// had enough: what was not tried for it shows nothing of the network.
func (f *facts) starved() string {
	some := slices.ContainsFunc(f.o.System, func(l observation.SystemLookup) bool { return ranOut(l.Failure) }) ||
		slices.ContainsFunc(f.o.Servers, func(s observation.ServerObservation) bool {
			return slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return ranOut(a.Failure) })
		}) ||
		slices.ContainsFunc(f.o.Targets, func(t observation.TargetObservation) bool {
			return t.Proxy != nil && ranOut(t.Proxy.Failure()) ||
				slices.ContainsFunc(t.Addresses, func(a observation.AddressObservation) bool {
					return ranOut(a.Climb.Failure()) || a.WebSocket != nil && ranOut(a.WebSocket.Failure())
				})
		})
	if !some {
		return ""
	}
	return "this node ran out of open files or of memory for sockets (`ulimit -n`)"
}

func ranOut(f *observation.Failure) bool { return f.Of(observation.KindNoResources) }
