package remedy

import (
	"net/netip"
	"slices"
)

// needsInbound reports whether a nameserver outside the VPC has nothing to
// forward to yet, as far as the run knows.
func (x *Remedy) needsInbound() bool {
	return slices.ContainsFunc(x.forwards, func(f forward) bool { return len(f.to) == 0 && !f.vpcItself })
}

// forwarders are the nameservers that an inbound endpoint must let in.
func (x *Remedy) forwarders() []netip.Prefix {
	var list []netip.Prefix
	for _, f := range x.forwards {
		if len(f.to) > 0 || f.vpcItself {
			continue
		}
		for _, s := range f.servers {
			a := s.Addr().Unmap().WithZone("")
			if !a.IsLoopback() {
				list = union(list, []netip.Prefix{netip.PrefixFrom(a, a.BitLen())})
			}
		}
	}
	if len(list) == 0 && x.node.source.IsValid() {
		list = append(list, x.node.source)
	}
	return list
}

// resolverRules are the domains that a VPC's own resolver must forward: each takes a
// rule of Route 53 Resolver.
func (x *Remedy) resolverRules() []zone { return x.zones(true) }

// route53Needed reports whether Route 53 Resolver lacks anything.
func (x *Remedy) route53Needed() bool { return x.needsInbound() || len(x.resolverRules()) > 0 }
