package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// expectation is what the addresses of AWS's API names should be, and how it
// came to that.
func (f *facts) expectation() (observation.Expect, string) {
	switch f.o.Plan.Expect {
	case observation.ExpectPrivate, observation.ExpectPublic:
		return f.o.Plan.Expect, "given by --expect"
	}
	proxied, direct := false, false
	for _, t := range f.targets {
		if !core(t.Service) || t.Host == "" {
			continue
		}
		if t.proxied {
			proxied = true
			continue
		}
		direct = direct || t.tried()
		for _, e := range t.pins {
			if f.o.Class(e.Address) == observation.ClassPrivate {
				return observation.ExpectPrivate, "the hosts file" + givesPrivate(t.Name)
			}
		}
		for _, s := range f.servers {
			if s.outcome(t.Host) == outcomePrivate {
				return observation.ExpectPrivate, s.String() + givesPrivate(t.Name)
			}
		}
		if t.resolved.outcome == outcomePrivate && f.completion(t) == nil {
			return observation.ExpectPrivate, "this node's own lookup" + givesPrivate(t.Name)
		}
	}
	for _, host := range f.o.Plan.Lookups {
		direct = true
		if who := f.privateLookup(host); who != "" {
			return observation.ExpectPrivate, who + givesPrivate(host)
		}
	}
	if proxied && !direct {
		return observation.ExpectPublic, "ssm, ssmmessages and ec2messages go through a proxy, and their names are not judged"
	}
	return observation.ExpectPublic, "no resolver gives a private address for ssm, ssmmessages or ec2messages"
}

// givesPrivate is said of who gives the address: at whose address a name "has"
// one would be read as the name's own.
func givesPrivate(name string) string { return " gives " + name + " a private address" }

// privateLookup says who gives a host that was only looked up a private
// address, "" where nobody does.
func (f *facts) privateLookup(host string) string {
	for _, e := range f.o.Node.Hosts.Entries {
		if sameName(e.Name, host) && f.o.Class(e.Address) == observation.ClassPrivate {
			return "the hosts file"
		}
	}
	for _, s := range f.servers {
		if s.outcome(host) == outcomePrivate {
			return s.String()
		}
	}
	for _, l := range f.o.System {
		if sameName(l.Host, host) && addressOutcome(l.Addresses, f.o.Class) == outcomePrivate {
			return "this node's own lookup"
		}
	}
	return ""
}

// givenPrivate reports whether private addresses were asked for on the command line.
func (f *facts) givenPrivate() bool { return f.o.Plan.Expect == observation.ExpectPrivate }

// notPrivate reports whether the target's name leads to a public address
// though `--expect private` was given.
func (f *facts) notPrivate(t *target) bool {
	if !f.givenPrivate() || !t.expectable() || !t.needed {
		return false
	}
	return t.resolved.outcome == outcomePublic || slices.ContainsFunc(t.ways, t.publicWay)
}

// publicWay reports whether the way's address is a public one that counts: a
// name with A answers is classed by those alone.
func (t *target) publicWay(w *way) bool {
	v4 := w.addr.Is4() || slices.ContainsFunc(t.resolved.addrs, netip.Addr.Is4) ||
		slices.ContainsFunc(t.ways, func(w *way) bool { return w.addr.Is4() })
	return w.class == observation.ClassPublic && (w.addr.Is4() || !v4)
}

// mixed reports whether the name has a public address beside a private one
// though `--expect private` was given.
func (f *facts) mixed(t *target) bool {
	return t.resolved.outcome == outcomePrivate && f.notPrivate(t)
}

// compared are the targets of P, the names to which the VPC's resolver gives
// private addresses: first those that were asked for, then all of them.
// Where no resolver that knows the VPC answered, both are empty.
func (f *facts) compared() (asked, all []*target) {
	if f.vpc == nil || f.o.Plan.Expect == observation.ExpectPublic {
		return nil, nil
	}
	for _, t := range f.direct() {
		if f.vpc.outcome(t.Host) == outcomePrivate {
			all = append(all, t)
			if f.matters(t) {
				asked = append(asked, t)
			}
		}
	}
	return asked, all
}

// matters reports whether a cause at the target may be an error: it is needed,
// and is not an ec2messages that this agent does without.
func (f *facts) matters(t *target) bool {
	return t.needed && (!legacy(t) || f.channelNeeded())
}

// vpcAnswered reports whether a resolver that knows the VPC's names answered.
func (f *facts) vpcAnswered() bool {
	if f.vpc == nil {
		return false
	}
	for _, t := range f.direct() {
		if f.vpc.outcome(t.Host).decisive() {
			return true
		}
	}
	return false
}
