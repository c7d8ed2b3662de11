package observation

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
)

// Only gives the plan with the named targets and what a judgement of them
// takes: the others of a Need that one of them is in, as one may do in place of
// the other, and the host of S3 that a bucket is at. A capability stays with
// those of its Needs that are left whole.
//
// A plan that would be left without a capability is given as it is: what is
// judged there would not be decided.
func (p Plan) Only(names []string) Plan {
	kept := p.needed(names)
	out := p
	out.Capabilities, out.Needs = nil, make(map[endpoint.Capability][]endpoint.Need)
	for _, c := range p.Capabilities {
		for _, need := range p.Needs[c] {
			if !slices.ContainsFunc(need, func(name string) bool { return !kept[name] }) {
				out.Needs[c] = append(out.Needs[c], need)
			}
		}
		if len(out.Needs[c]) > 0 {
			out.Capabilities = append(out.Capabilities, c)
		}
	}
	if len(out.Capabilities) == 0 {
		return p
	}
	out.Targets = keep(p.Targets, func(t PlannedTarget) bool { return kept[t.Name] })
	out.SignedCalls = keep(p.SignedCalls, func(c PlannedCall) bool { return kept[c.Target] })
	return out
}

// needed are the named targets and those that they take.
func (p Plan) needed(names []string) map[string]bool {
	kept := make(map[string]bool, len(names))
	for _, name := range names {
		kept[name] = true
	}
	for _, t := range p.Targets {
		if t.Bucket == "" || !kept[t.Name] {
			continue
		}
		for _, host := range p.Targets {
			if host.Bucket == "" && (host.Host == t.Host || t.VirtualHosted && t.Bucket+"."+host.Host == t.Host) {
				kept[host.Name] = true
			}
		}
	}
	for _, needs := range p.Needs {
		for _, need := range needs {
			// An alternative alone would decide what the named one must.
			if slices.ContainsFunc(need, func(name string) bool { return slices.Contains(names, name) }) {
				for _, name := range need {
					kept[name] = true
				}
			}
		}
	}
	return kept
}

// Only gives what was seen as a run of the plan's Only would have left it.
func (o *Observations) Only(names []string) *Observations {
	out := *o
	out.Plan = o.Plan.Only(names)
	planned := func(name string) bool {
		return slices.ContainsFunc(out.Plan.Targets, func(t PlannedTarget) bool { return t.Name == name })
	}
	out.Targets = keep(o.Targets, func(t TargetObservation) bool { return planned(t.Name) })
	out.Signed = keep(o.Signed, func(c SignedCall) bool { return planned(c.Target) })
	return &out
}

// keep gives the elements of which ok holds; the list itself stays as it is.
func keep[T any](list []T, ok func(T) bool) []T {
	var out []T
	for _, x := range list {
		if ok(x) {
			out = append(out, x)
		}
	}
	return out
}
