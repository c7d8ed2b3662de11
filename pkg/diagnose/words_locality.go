package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// inVPC reports whether the address is in one of the VPC's blocks, as given by metadata.
func (f *facts) inVPC(a netip.Addr) bool {
	return slices.ContainsFunc(f.o.Metadata.VPCBlocks, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// ec2 reports whether the node is an EC2 instance.
func (f *facts) ec2() bool { return f.o.Node.Kind == observation.NodeEC2 || f.o.Metadata.Present() }

// local is this node's own address on the paths, or any that it has.
func (f *facts) local(ws []*path) netip.Addr {
	for _, w := range ws {
		if c := w.stages.Connect; c != nil && c.Local.IsValid() && !c.Local.IsLoopback() {
			return c.Local
		}
	}
	if f.o.Metadata.LocalIPv4.IsValid() {
		return f.o.Metadata.LocalIPv4
	}
	for _, p := range f.o.Node.Addresses {
		if p.Addr().Is4() && !p.Addr().IsLinkLocalUnicast() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}

// subnet is the block that contains the address: by metadata, otherwise by the
// interface.
func (f *facts) subnet(a netip.Addr) netip.Prefix {
	for _, p := range f.o.Metadata.SubnetBlocks {
		if p.Contains(a) {
			return p
		}
	}
	for _, p := range f.o.Node.Addresses {
		if p.Addr() == a && p.IsValid() && !p.IsSingleIP() {
			return p.Masked()
		}
	}
	return netip.Prefix{}
}

// source names the node for a rule: "10.0.2.10 (subnet 10.0.2.0/24)".
func (f *facts) source(ws []*path) string {
	a := f.local(ws)
	if !a.IsValid() {
		return "this node's address"
	}
	if p := f.subnet(a); p.IsValid() {
		return a.String() + " (subnet " + p.String() + ")"
	}
	return a.String()
}

// subnetOf names the node's subnet.
func (f *facts) subnetOf(ws []*path) string {
	if p := f.subnet(f.local(ws)); p.IsValid() {
		return "this node's subnet " + p.String()
	}
	return "this node's subnet"
}

// ownGroup names the node's security groups, as given by metadata.
func (f *facts) ownGroup() string {
	switch ids := f.o.Metadata.SecurityGroups; len(ids) {
	case 0:
		return "the node's own security group"
	case 1:
		return "the node's own security group " + ids[0]
	default: // all of them apply, so changing one is enough
		return "the node's own security groups (" + strings.Join(ids[:min(len(ids), 5)], " or ") + ")"
	}
}

// vpcName is "the VPC", or similar words, followed by its id if metadata gives one.
func (f *facts) vpcName(the string) string {
	if id := f.o.Metadata.VPCID; id != "" {
		return the + " " + id
	}
	return the
}

// vpcPlusTwo is the VPC's own resolver: the base of its primary IPv4 block plus two, or
// 169.254.169.253 if the block is not known.
func (f *facts) vpcPlusTwo() string { return f.vpcResolver().String() }

func (f *facts) vpcResolver() netip.Addr {
	for _, p := range f.o.Metadata.VPCBlocks {
		if p.Addr().Is4() {
			return p.Masked().Addr().Next().Next()
		}
	}
	return linkLocalResolver
}

// The VPC's own resolver from within it (Amazon VPC User Guide, AmazonDNS-concepts).
var (
	linkLocalResolver  = netip.AddrFrom4([4]byte{169, 254, 169, 253})
	linkLocalResolver6 = netip.MustParseAddr("fd00:ec2::253")
)

// forwardTo says where a nameserver should forward AWS's names: to the VPC's resolver
// from within the VPC, to an inbound endpoint from anywhere else, where AWS does not
// support the VPC's resolver. That resolver itself does not forward: see makeForward.
func (f *facts) forwardTo(s *server) string {
	if s != nil && (f.inVPC(s.Address.Addr()) || f.ec2() && s.Address.Addr().IsLoopback()) {
		return f.vpcPlusTwo() + " (the VPC's resolver; 169.254.169.253 from within the VPC)"
	}
	if s != nil && f.ec2() && len(f.o.Metadata.VPCBlocks) == 0 {
		return "the VPC's resolver (169.254.169.253) if " + s.String() + " is in the VPC itself, otherwise a Route 53 Resolver inbound endpoint"
	}
	if f.vpc != nil && f.vpc.Given && (s == nil || !f.sameResolver(f.vpc, s)) {
		return f.vpc.String() + " (the Route 53 Resolver inbound endpoint)"
	}
	return "the addresses of a Route 53 Resolver inbound endpoint in the VPC (from outside the VPC, AWS does not support the VPC's own resolver)"
}

// endpointService is the service name with which a VPC endpoint is created, or a
// description if the name is not published.
func (f *facts) endpointService(s endpoint.Service) string {
	r, err := endpoint.LookupRegion(f.o.Plan.Region)
	if name := endpoint.VPCEndpointService(s, r, false); err == nil && name != "" {
		return name
	}
	return "the endpoint service of " + string(s)
}

// endpointServices names the interface endpoints of the targets.
func (f *facts) endpointServices(ts []*target) string {
	return joinAnd(appendNew(nil, mapTo(ts, func(t *target) string { return f.endpointService(t.Service) })...))
}

// restartAgent is the last step of a fix: an agent that failed for long backs off for up
// to an hour. If only its credentials were wrong, a newer one need not be restarted; one
// that hibernates must be.
func (f *facts) restartAgent(credentials bool) string {
	or := ""
	if flush := f.flushCredentials(); credentials && flush != "" {
		or = ", or " + flush
	}
	return "restart amazon-ssm-agent (`" + f.restartCommand() + "`)" + or + ": otherwise it may wait up to an hour before it tries again"
}

// firstFlush is the first agent with `ssm-cli flush-cached-credentials`
// (RELEASENOTES of amazon-ssm-agent, 3.3.4268.0).
var firstFlush = []int{3, 3, 4268, 0}

// flushCredentials says how to make this node's agent look for new credentials at once.
// Empty: it is too old, or its version is not known.
func (f *facts) flushCredentials() string {
	v, ok := observation.VersionNumbers(f.o.Node.Agent.Version)
	if !ok || slices.Compare(v, firstFlush) < 0 {
		return ""
	}
	return "run `ssm-cli flush-cached-credentials` as " + f.superuser()
}

// snap reports whether the agent is installed as a snap.
func (f *facts) snap() bool {
	return slices.ContainsFunc(f.o.Node.Agent.From, func(s string) bool { return strings.Contains(s, "snap") })
}

// agentUnit is systemd's name for the agent's service.
func (f *facts) agentUnit() string {
	if f.snap() {
		return "snap.amazon-ssm-agent.amazon-ssm-agent.service"
	}
	return "amazon-ssm-agent.service"
}

// longPause is the shortest pause that a note mentions.
const longPause = observation.Elapsed(1e9)

// pausedFor says for how long this process did not run, or "" if it was never paused. An
// attempt that failed meanwhile is undecided, or was repeated.
func (f *facts) pausedFor() string {
	if f.o.Paused <= 0 {
		return ""
	}
	return "for " + f.o.Paused.String() + " this process did not run"
}

func (f *facts) notePause(add func(string)) {
	if f.o.Paused < longPause {
		return
	}
	add(f.pausedFor() + " (it was stopped, got no processor time, or the machine was suspended): what failed meanwhile was retried, or is not decided")
}

// starved says which resources this node ran out of during the run, or "" if it had
// enough: what was not tried because of that shows nothing about the network.
func (f *facts) starved() string {
	some := slices.ContainsFunc(f.o.System, func(l observation.SystemLookup) bool { return ranOut(l.Failure) }) ||
		slices.ContainsFunc(f.o.Servers, func(s observation.ServerObservation) bool {
			return slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return ranOut(a.Failure) })
		}) ||
		slices.ContainsFunc(f.o.Targets, func(t observation.TargetObservation) bool {
			return t.Proxy != nil && ranOut(t.Proxy.Failure()) ||
				slices.ContainsFunc(t.Addresses, func(a observation.AddressObservation) bool {
					return ranOut(a.Stages.Failure()) || a.WebSocket != nil && ranOut(a.WebSocket.Failure())
				})
		})
	if !some {
		return ""
	}
	return "this node ran out of open files or of memory for sockets (`ulimit -n`)"
}

func ranOut(f *observation.Failure) bool { return f.Of(observation.KindNoResources) }

// interfaceServices are the services of the targets that an interface endpoint can
// serve: a FIPS name keeps its public addresses, and a host that is not AWS's own was
// chosen by somebody.
func interfaceServices(ts []*target) []endpoint.Service {
	known := []endpoint.Service{endpoint.SSM, endpoint.SSMMessages, endpoint.EC2Messages, endpoint.KMS, endpoint.Logs, endpoint.EC2, endpoint.Monitoring}
	ts = filter(ts, func(t *target) bool {
		return slices.Contains(known, t.Service) && (!t.FIPS || t.Service == endpoint.KMS) && t.Overridden == ""
	})
	return appendNew(nil, mapTo(ts, func(t *target) endpoint.Service { return t.Service })...)
}

// NodeBlock is the block of addresses that rules must let in: the node's subnet by
// metadata, otherwise by its interface. IPv4 comes first. It is the zero Prefix if
// neither is known.
func NodeBlock(o *observation.Observations) netip.Prefix {
	local := connectedFrom(o)
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

// nodeBlocks is NodeBlock as a list, empty if it is not known.
func (f *facts) nodeBlocks() []netip.Prefix {
	if block := NodeBlock(f.o); block.IsValid() {
		return []netip.Prefix{block}
	}
	return nil
}

// connectedFrom is the node's own address on a connection to AWS.
func connectedFrom(o *observation.Observations) netip.Addr {
	for _, t := range o.Targets {
		for _, a := range t.Addresses {
			if c := a.Connect; c != nil && c.Local.IsValid() && !c.Local.IsLoopback() {
				return plainAddr(c.Local)
			}
		}
	}
	return o.Metadata.LocalIPv4
}
