package remedy

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
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
		source:  diagnose.NodeBlock(o),
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
