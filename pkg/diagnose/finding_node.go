package diagnose

import (
	"cmp"
	"net/netip"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// identify says which node was observed.
func identify(o *observation.Observations) Node {
	n := Node{
		Kind:           o.Node.Kind,
		Hostname:       o.Node.Hostname,
		InstanceID:     cmp.Or(o.Metadata.InstanceID, o.Node.InstanceID),
		RegistrationID: o.Node.Registration.InstanceID,
		VPCID:          o.Metadata.VPCID,
		SubnetID:       o.Metadata.SubnetID,
		Region:         o.Plan.Region, RegionFrom: o.Plan.RegionFrom, Partition: o.Plan.Partition,
	}
	if a := defaultAddress(o); a.IsValid() {
		n.Address = a.String()
	}
	return n
}

// ID is the id by which Systems Manager knows the node, if it has one.
func (n Node) ID() string { return cmp.Or(n.InstanceID, n.RegistrationID) }

// defaultAddress is the node's own address by its default route. If the routing table is
// not known, it is the one from metadata, the only one, or that of a connection.
func defaultAddress(o *observation.Observations) netip.Addr {
	used := localAddresses(o)
	for _, hasDefault := range []func(observation.Interface) bool{
		func(i observation.Interface) bool { return i.DefaultIPv4 },
		func(i observation.Interface) bool { return i.DefaultIPv6 },
	} {
		var first netip.Addr
		for _, i := range o.Node.Interfaces {
			for _, p := range i.Addresses {
				switch a := p.Addr(); {
				case !hasDefault(i) || a.IsLinkLocalUnicast() || a.Is4() != i.DefaultIPv4:
				case used[a]: // of several default routes, the one in use
					return a
				case !first.IsValid():
					first = a
				}
			}
		}
		if first.IsValid() {
			return first
		}
	}
	var own []netip.Addr
	for _, p := range o.Node.Addresses {
		if !p.Addr().IsLinkLocalUnicast() {
			own = append(own, p.Addr())
		}
	}
	switch {
	case o.Metadata.LocalIPv4.IsValid():
		return o.Metadata.LocalIPv4
	case len(own) == 1:
		return own[0]
	}
	for _, a := range own {
		if used[a] {
			return a
		}
	}
	return netip.Addr{}
}

// localAddresses are the node's ends of its connections.
func localAddresses(o *observation.Observations) map[netip.Addr]bool {
	used := make(map[netip.Addr]bool)
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			if a.Connect != nil && a.Connect.Local.IsValid() {
				used[a.Connect.Local] = true
			}
		}
	}
	return used
}
