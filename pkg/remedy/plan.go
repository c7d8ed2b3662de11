package remedy

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A planner fills a Remedy, finding by finding.
type planner struct {
	*Remedy
	o *observation.Observations
}

// targets are the planned targets of those names.
func (p planner) targets(names []string) []observation.PlannedTarget {
	var ts []observation.PlannedTarget
	for _, t := range p.o.Plan.Targets {
		if slices.Contains(names, t.Name) {
			ts = append(ts, t)
		}
	}
	return ts
}

// plan adds what cures a cause, and reports whether it can be generated.
func (p planner) plan(c cause, ts []observation.PlannedTarget) bool {
	switch c.code {
	case diagnose.EndpointNotPrivate:
		return p.addEndpoints(c, ts)
	case diagnose.EgressBlocked:
		return p.addEgress(c, ts)
	case diagnose.EndpointBlocked, diagnose.EndpointPartlyBlocked:
		return p.addOpening(c, ts)
	case diagnose.S3Blocked:
		return p.addGateway(c)
	case diagnose.S3PolicyDenies:
		return p.addPolicy(c)
	case diagnose.VPCResolverSilent:
		return p.addResolverOpening(c)
	case diagnose.DNSForwarderMissing, diagnose.DNSForwarderPartial, diagnose.DNSResolversDisagree, diagnose.DNSForwarderBroken:
		return p.addForward(c, ts)
	case diagnose.DNSRebindFilter:
		return p.addExemption(c, ts)
	case diagnose.ProxyBypassed, diagnose.ProxyAgentDiffers, diagnose.ProxyInvalid, diagnose.ProxyAuthRequired,
		diagnose.ProxyShadowsEndpoint, diagnose.ProxyIMDSNotBypassed:
		return p.addProxy(c, ts)
	case diagnose.LargeHelloBlocked, diagnose.MTUBlackHole:
		return p.addHello(c, ts)
	case diagnose.ClockSkew:
		if p.clock == nil {
			p.clock = &clock{}
		}
		p.clock.causes = append(p.clock.causes, c)
		return true
	}
	return false
}

// services are those of the targets that an interface endpoint can serve: a
// FIPS name keeps its public addresses, and another host than AWS's own is
// somebody's choice.
func (p planner) services(ts []observation.PlannedTarget) []endpoint.Service {
	var list []endpoint.Service
	for _, t := range ts {
		if t.Service == endpoint.S3 || !apiServices[t.Service] || t.FIPS && t.Service != endpoint.KMS || t.Overridden != "" {
			continue
		}
		if !slices.Contains(list, t.Service) {
			list = append(list, t.Service)
		}
	}
	return list
}

// apiServices are the services whose names may stand in the text. It is never
// written.
var apiServices = map[endpoint.Service]bool{
	endpoint.SSM: true, endpoint.SSMMessages: true, endpoint.EC2Messages: true,
	endpoint.KMS: true, endpoint.Logs: true, endpoint.EC2: true, endpoint.Monitoring: true,
}

func (p planner) addEndpoints(c cause, ts []observation.PlannedTarget) bool {
	services := p.services(ts)
	if len(services) == 0 {
		return false
	}
	if p.endpoints == nil {
		p.endpoints = &endpoints{}
	}
	e := p.endpoints
	e.causes = append(e.causes, c)
	for _, s := range services {
		if !slices.Contains(e.services, s) {
			e.services = append(e.services, s)
		}
	}
	if c.code == diagnose.EndpointNotPrivate && !p.vpcAnswered(ts) {
		e.doubtful = true
	}
	return true
}

// vpcAnswered reports whether a resolver that knows the VPC's names answered
// for one of the targets.
func (p planner) vpcAnswered(ts []observation.PlannedTarget) bool {
	for _, s := range p.o.Servers {
		if s.Role != observation.RoleVPC {
			continue
		}
		for _, t := range ts {
			if slices.ContainsFunc(s.Answers, func(a observation.Answer) bool { return sameName(a.Name, t.Host) && a.Rcode != "" }) {
				return true
			}
		}
	}
	return false
}

// addEgress takes the first way of the contract: on EC2, endpoints in place of
// a way to the internet.
func (p planner) addEgress(c cause, ts []observation.PlannedTarget) bool {
	if !p.node.ec2 || !p.addEndpoints(c, ts) {
		return false
	}
	if slices.ContainsFunc(ts, func(t observation.PlannedTarget) bool { return t.Service == endpoint.S3 && t.Overridden == "" }) {
		p.addGateway(c)
	}
	return true
}

func (p planner) addOpening(c cause, ts []observation.PlannedTarget) bool {
	var private []observation.PlannedTarget
	for _, t := range ts {
		if p.hasPrivate(t.Name) && !p.rejected(t.Name) {
			private = append(private, t)
		}
	}
	services := p.services(private)
	if slices.ContainsFunc(private, func(t observation.PlannedTarget) bool { return t.Service == endpoint.S3 }) {
		services = append(services, endpoint.S3)
	}
	if len(services) == 0 {
		return false
	}
	for i := range p.openings {
		if o := &p.openings[i]; len(o.services) > 0 {
			o.causes = append(o.causes, c)
			for _, s := range services {
				if !slices.Contains(o.services, s) {
					o.services = append(o.services, s)
				}
			}
			return true
		}
	}
	p.openings = append(p.openings, opening{causes: []cause{c}, services: services, port: endpoint.Port})
	return true
}

func (p planner) hasPrivate(target string) bool {
	return slices.ContainsFunc(p.o.Targets, func(t observation.TargetObservation) bool {
		return t.Name == target && slices.ContainsFunc(t.Addresses, func(a observation.AddressObservation) bool {
			return p.o.Class(a.Address) == observation.ClassPrivate
		})
	})
}

// rejected reports whether connections to the target are answered by ICMP
// messages that say no. No security group sends them, so that no rule of one is
// the cure.
func (p planner) rejected(target string) bool {
	some := false
	for _, t := range p.o.Targets {
		for _, a := range t.Addresses {
			if t.Name != target || a.Connect == nil || a.Connect.Failure == nil {
				continue
			}
			if a.Connect.ICMP == nil && !a.Connect.Failure.Of(observation.KindHostUnreachable, observation.KindProhibited, observation.KindNoRoute) {
				return false
			}
			some = true
		}
	}
	return some
}

// addResolverOpening lets this node and its nameservers ask the inbound
// endpoint.
func (p planner) addResolverOpening(c cause) bool {
	o := opening{causes: []cause{c}, port: 53, udp: true}
	for _, s := range p.o.Servers {
		a := s.Address.Addr()
		if s.Role == observation.RoleVPC || p.o.Class(a) != observation.ClassPrivate || p.node.source.Contains(a) {
			continue
		}
		if one := netip.PrefixFrom(a, a.BitLen()); !slices.Contains(o.more, one) {
			o.more = append(o.more, one)
		}
	}
	p.openings = append(p.openings, o)
	return true
}

func (p planner) addGateway(c cause) bool {
	if !p.node.ec2 {
		return false // a gateway endpoint is of no use outside its VPC
	}
	if p.gateway == nil {
		p.gateway = &gateway{}
	}
	p.gateway.causes = append(p.gateway.causes, c)
	return true
}

func (p planner) addPolicy(c cause) bool {
	if p.region.Name == "" {
		return false
	}
	if p.policy == nil {
		p.policy = &policy{}
	}
	p.policy.causes = append(p.policy.causes, c)
	return true
}

// bucketPolicy allows the AWS-managed buckets that nodes of the Region read,
// and those that the run was told of.
func (p planner) bucketPolicy() endpoint.Policy {
	var managed, own []string
	for _, b := range endpoint.ManagedBuckets(p.region, endpoint.Capabilities()) {
		if b.Name != "" {
			managed = append(managed, b.Name)
		}
	}
	for _, t := range p.o.Plan.Targets {
		name, err := endpoint.ParseBucket(t.Bucket)
		if err != nil || slices.Contains(managed, name) || slices.Contains(own, name) {
			continue
		}
		own = append(own, name)
	}
	return endpoint.BucketPolicy(p.region, managed, own)
}
