package report

import (
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// facts finds the observations that belong to a target or a host. A document
// without observations has none, and its report says less.
type facts struct {
	targets map[string]*probe.TargetObservation
	system  map[string]*probe.SystemLookup
}

func index(o *probe.Observations) facts {
	f := facts{
		targets: map[string]*probe.TargetObservation{},
		system:  map[string]*probe.SystemLookup{},
	}
	if o == nil {
		return f
	}
	for i := range o.Targets {
		f.targets[o.Targets[i].Name] = &o.Targets[i]
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
