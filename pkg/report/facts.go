package report

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// facts finds the observations that belong to a target or a host. A document
// without observations has none, and its report says less.
type facts struct {
	// targets have the attempts that settled them, for the rows and the times of
	// every format.
	targets map[string]*observation.TargetObservation
	// recorded are the same targets as they were observed.
	recorded map[string]*observation.TargetObservation
	system   map[string]*observation.SystemLookup
}

func index(o *observation.Observations) facts {
	f := facts{
		targets:  map[string]*observation.TargetObservation{},
		recorded: map[string]*observation.TargetObservation{},
		system:   map[string]*observation.SystemLookup{},
	}
	if o == nil {
		return f
	}
	for i := range o.Targets {
		t := &o.Targets[i]
		f.targets[t.Name], f.recorded[t.Name] = t.Settled(), t
	}
	for i := range o.System {
		f.system[o.System[i].Host] = &o.System[i]
	}
	return f
}

// server gives a nameserver's address, its port only where it is not 53.
func server(a netip.AddrPort) string {
	if a.Port() == 53 {
		return a.Addr().String()
	}
	return a.String()
}
