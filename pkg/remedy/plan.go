package remedy

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// add adds the actions of a finding. What is to be done by hand, or has a kind for
// which nothing is generated, is described in the finding's own words. later gets the
// forwarders that are needed only if there are no others.
func (x *Remedy) add(c cause, actions []fix.Action, later func(*fix.Action)) {
	generated, enough := false, true
	for _, a := range actions {
		if a.Kind != fix.RestartAgent || slices.ContainsFunc(actions, onNode) {
			c.done = append(c.done, a.Steps...)
		}
	}
	for i := range actions {
		a := &actions[i]
		switch a.Kind {
		case fix.CreateEndpoint:
			x.addEndpoints(c, a)
		case fix.CreateGateway:
			x.gateway = append(x.gateway, c)
		case fix.AllowIngress:
			x.addOpening(c, a)
		case fix.AllowBuckets:
			x.policy = append(x.policy, c)
		case fix.ForwardZone:
			if a.Condition == fix.IfEndpointsExist {
				later(a)
				continue
			}
			x.addForward(c, a)
		case fix.AllowPrivateAnswers:
			if x.exempt == nil {
				x.exempt = &exemption{}
			}
			e := x.exempt
			e.causes, e.domains, e.servers = append(e.causes, c), union(e.domains, a.Zones), union(e.servers, a.Servers)
		case fix.SetProxy:
			x.addProxy(c, a)
		case fix.SetGODEBUG:
			if x.hello == nil {
				x.hello = &hello{godebug: a.Value, kyber: a.AnyVersion}
			}
			x.hello.causes = append(x.hello.causes, c)
		case fix.SyncClock:
			x.clock = append(x.clock, c)
		case fix.RestartAgent: // the node's part ends with it
			continue
		default:
			enough = false
			continue
		}
		generated = true
	}
	if !generated || !enough {
		x.byHand = append(x.byHand, c)
	}
}

// onNode reports whether an action changes the node itself, which ends with a restart
// of the agent.
func onNode(a fix.Action) bool {
	return a.Kind == fix.SetProxy || a.Kind == fix.SetGODEBUG || a.Kind == fix.SyncClock
}

func (x *Remedy) addEndpoints(c cause, a *fix.Action) {
	if x.endpoints == nil {
		x.endpoints = &endpoints{}
	}
	e := x.endpoints
	e.causes, e.services = append(e.causes, c), union(e.services, a.Services)
	e.doubtful = e.doubtful || a.Condition == fix.IfNoForwarderMissing
}

// addOpening adds a rule; the endpoints' rules are one.
func (x *Remedy) addOpening(c cause, a *fix.Action) {
	for i := range x.openings {
		if o := &x.openings[i]; len(o.services) > 0 && len(a.Services) > 0 {
			o.causes, o.services = append(o.causes, c), union(o.services, a.Services)
			return
		}
	}
	more := slices.DeleteFunc(slices.Clone(a.From), func(p netip.Prefix) bool { return p == x.node.source })
	x.openings = append(x.openings, opening{causes: []cause{c}, services: a.Services, port: a.Port, udp: a.UDP, more: more})
}

// addForward adds a forwarder; nameservers that forward to the same place are
// one.
func (x *Remedy) addForward(c cause, a *fix.Action) {
	for i := range x.forwards {
		have := &x.forwards[i]
		if !slices.Equal(have.to, a.To) || have.vpcItself != a.ResolverRule || have.behindStub != a.BehindStub {
			continue
		}
		have.servers, have.domains = union(have.servers, a.Servers), union(have.domains, a.Zones)
		if have.causes[len(have.causes)-1].title != c.title {
			have.causes = append(have.causes, c)
		}
		if a.Condition == "" {
			have.condition = "" // it holds in any case
		}
		return
	}
	x.forwards = append(x.forwards, forward{
		causes: []cause{c}, domains: a.Zones, servers: a.Servers, to: a.To, condition: a.Condition, behindStub: a.BehindStub, vpcItself: a.ResolverRule,
	})
}

// addProxy adds settings of the proxy. no_proxy gets the entries of all findings,
// except those that one of them removes.
func (x *Remedy) addProxy(c cause, a *fix.Action) {
	if x.proxy == nil {
		x.proxy = &proxy{from: a.FoundIn}
	}
	y := x.proxy
	y.causes = append(y.causes, c)
	y.removed = append(y.removed, a.RemovedNoProxy...)
	y.not = slices.DeleteFunc(union(y.not, a.NoProxy), func(entry string) bool { return slices.Contains(y.removed, entry) })
	y.notes = union(y.notes, a.Notes)
	if y.url == "" {
		y.url = a.Proxy
	}
	if a.FoundIn == "" {
		y.from = ""
	}
}

// union adds to a what it lacks of b. It does not write to a's array.
func union[T comparable](a, b []T) []T {
	a = slices.Clip(a)
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(a, x)
		}
	}
	return a
}

// bucketPolicy allows the AWS-managed buckets that nodes of the Region read,
// and those that the run was given.
func (x *Remedy) bucketPolicy(o *observation.Observations) endpoint.Policy {
	var managed, own []string
	for _, b := range endpoint.ManagedBuckets(x.region, endpoint.Capabilities()) {
		if b.Name != "" {
			managed = append(managed, b.Name)
		}
	}
	for _, t := range o.Plan.Targets {
		name, err := endpoint.ParseBucket(t.Bucket)
		if err != nil || slices.Contains(managed, name) || slices.Contains(own, name) {
			continue
		}
		own = append(own, name)
	}
	return endpoint.BucketPolicy(x.region, managed, own)
}
