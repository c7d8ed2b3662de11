package remedy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The forms of ids. A saved report may hold anything in their place.
var (
	nodeID = pattern(`^m?i-[0-9a-f]{8,17}$`)
	vpcID  = pattern(`^vpc-[0-9a-f]{8,17}$`)
)

func nodeOf(o *observation.Observations) node {
	n := node{
		ec2:     o.Node.Kind == observation.NodeEC2 || o.Metadata.Present(),
		windows: o.Node.OS == "windows",
		linux:   o.Node.OS == "linux" || o.Node.OS == "",
		snap:    slices.ContainsFunc(o.Node.Agent.From, func(s string) bool { return strings.Contains(s, "snap") }),
		noAgent: o.Node.Agent.Installed == observation.No,
		source:  sourceOf(o),
	}
	for _, id := range []string{o.Metadata.InstanceID, o.Node.Registration.InstanceID} {
		if n.id == "" && nodeID().MatchString(id) {
			n.id = id
		}
	}
	if vpcID().MatchString(o.Metadata.VPCID) {
		n.vpc = o.Metadata.VPCID
	}
	return n
}

// sourceOf is the block that rules must let in: the node's subnet as metadata
// gives it, else as its interface has it. IPv4 comes first.
func sourceOf(o *observation.Observations) netip.Prefix {
	local := localAddress(o)
	blocks := slices.Clone(o.Metadata.SubnetBlocks)
	for _, p := range o.Node.Addresses {
		if p.Addr().IsLinkLocalUnicast() || local.IsValid() && p.Addr() != local {
			continue
		}
		blocks = append(blocks, p.Masked())
	}
	for _, v4 := range []bool{true, false} {
		for _, p := range blocks {
			if p.IsValid() && p.Addr().Is4() == v4 && p.Bits() > 0 {
				return p.Masked()
			}
		}
	}
	return netip.Prefix{}
}

// localAddress is the node's own address on a connection to AWS.
func localAddress(o *observation.Observations) netip.Addr {
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			if c := a.Connect; c != nil && c.Local.IsValid() && !c.Local.IsLoopback() {
				return c.Local.Unmap().WithZone("")
			}
		}
	}
	return o.Metadata.LocalIPv4
}
