package diagnose

import (
	"net/netip"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Actions proposes what fixes a cause at the targets with these names. Judge puts the
// same into its findings; this is for programs that make findings of their own.
func Actions(o *observation.Observations, code Code, targets []string) []fix.Action {
	f := newFacts(o)
	return f.actions(causeOf(code), filter(f.targets, func(t *target) bool { return slices.Contains(targets, t.Name) }))
}

// actions are those of a cause. Without any, only the steps of the fix remain.
func (f *facts) actions(c cause, ts []*target) []fix.Action {
	var all []fix.Action
	if c.actions != nil {
		all = c.actions(f, ts)
	}
	if len(all) == 0 {
		return []fix.Action{{Kind: fix.Manual}}
	}
	return all
}

// andManual is added to actions that may not be enough.
func andManual(all []fix.Action) []fix.Action { return append(all, fix.Action{Kind: fix.Manual}) }

// one is a cause's single action.
func one(a fix.Action) func(*facts, []*target) []fix.Action {
	return func(*facts, []*target) []fix.Action { return []fix.Action{a} }
}

// endpointsForEgress is what an EC2 instance needs instead of internet access.
func (f *facts) endpointsForEgress(ts []*target) []fix.Action {
	services := interfaceServices(ts)
	if !f.ec2() || len(services) == 0 {
		return nil
	}
	all := []fix.Action{{Kind: fix.CreateEndpoint, Services: services, From: f.nodeBlocks()}}
	if slices.ContainsFunc(ts, func(t *target) bool { return t.Service == endpoint.S3 && t.Overridden == "" }) {
		all = append(all, f.createGateway(ts)...)
	}
	return all
}

// createGateway proposes a gateway endpoint, which is useless outside its VPC.
func (f *facts) createGateway([]*target) []fix.Action {
	if !f.ec2() {
		return nil
	}
	return []fix.Action{{Kind: fix.CreateGateway}}
}

// allowIngress proposes security group rules for the private addresses. No security
// group rejects with an ICMP message.
func (f *facts) allowIngress(ts []*target) []fix.Action {
	private := filter(ts, func(t *target) bool { return f.privateSeen(t) && !rejectedAll(t) })
	services := interfaceServices(private)
	if slices.ContainsFunc(private, func(t *target) bool { return t.Service == endpoint.S3 }) {
		services = append(services, endpoint.S3)
	}
	if len(services) == 0 {
		return nil
	}
	return []fix.Action{{Kind: fix.AllowIngress, Services: services, Port: endpoint.Port, From: f.nodeBlocks()}}
}

func (f *facts) privateSeen(t *target) bool {
	return t.seen != nil && slices.ContainsFunc(t.seen.Addresses, func(a observation.AddressObservation) bool {
		return f.o.Class(a.Address) == observation.ClassPrivate
	})
}

// rejectedAll reports whether every connection to the target that failed was
// rejected by an ICMP message.
func rejectedAll(t *target) bool {
	some := false
	for _, a := range t.seen.Addresses {
		if a.Connect == nil || a.Connect.Failure == nil {
			continue
		}
		if a.Connect.ICMP == nil && !a.Connect.Failure.Of(observation.KindHostUnreachable, observation.KindProhibited, observation.KindNoRoute) {
			return false
		}
		some = true
	}
	return some
}

// allowResolver lets this node and its nameservers query the inbound endpoint.
func (f *facts) allowResolver([]*target) []fix.Action {
	block := NodeBlock(f.o)
	a := fix.Action{Kind: fix.AllowIngress, Port: 53, UDP: true, From: f.nodeBlocks()}
	for _, s := range f.o.Servers {
		at := s.Address.Addr()
		if s.Role == observation.RoleVPC || f.o.Class(at) != observation.ClassPrivate || block.Contains(at) {
			continue
		}
		a.From = appendNew(a.From, netip.PrefixFrom(at, at.BitLen()))
	}
	return []fix.Action{a}
}

// forwardZones proposes conditional forwarders for the nameservers that return no
// private address. One that does not answer may already forward to the right place.
func (f *facts) forwardZones(ts []*target) []fix.Action { return f.forward(ts, false) }

// forwardSilentZones includes those that do not answer.
func (f *facts) forwardSilentZones(ts []*target) []fix.Action { return f.forward(ts, true) }

func (f *facts) forward(ts []*target, silent bool) []fix.Action {
	var all []fix.Action
	sure := true
	for _, s := range f.lackingPrivate(ts, silent) {
		if isTailscale(s) {
			sure = false // the finding says which settings of Tailscale fix it
			continue
		}
		a := f.forwardZone(ts, s)
		if len(a.Zones) == 0 {
			return nil
		}
		if silent && len(a.To) == 0 {
			sure = false
			if a.ResolverRule {
				continue
			}
			a.Condition = fix.IfForwardsElsewhere
		}
		all = append(all, a)
	}
	if !sure {
		return andManual(all)
	}
	return all
}

// forwardZone is what a nameserver lacks. Of the servers behind a stub, those that it
// should forward to lack nothing.
func (f *facts) forwardZone(ts []*target, s *server) fix.Action {
	a := fix.Action{Kind: fix.ForwardZone, Zones: f.zones(ts), Servers: []netip.AddrPort{s.Address}}
	a.To, a.ResolverRule = f.forwardAddresses(s)
	if !s.Address.Addr().IsLoopback() {
		return a
	}
	behind := slices.DeleteFunc(slices.Clone(f.o.Node.Resolver.Behind), func(b netip.AddrPort) bool {
		return f.ownAddressOfVPC(b.Addr()) || slices.ContainsFunc(a.To, func(to netip.AddrPort) bool {
			return to.Addr().Unmap() == b.Addr().Unmap() || f.ownAddressOfVPC(to.Addr()) && f.ownAddressOfVPC(b.Addr())
		})
	})
	if len(behind) > 0 {
		a.Servers, a.BehindStub = behind, true
	}
	return a
}

// forwardAddresses are the addresses to which the server must forward AWS's names: see
// forwardTo. rule: the server is the VPC's own resolver.
func (f *facts) forwardAddresses(s *server) (to []netip.AddrPort, rule bool) {
	at := s.Address.Addr()
	rule = f.ownResolver(s)
	if !rule && (f.inVPC(at) || f.ec2() && at.IsLoopback()) {
		return []netip.AddrPort{netip.AddrPortFrom(f.vpcResolver(), 53)}, false
	}
	for _, other := range f.servers {
		if other.Role == observation.RoleVPC && other.Given && other.Address.IsValid() && !f.sameResolver(other, s) {
			to = append(to, other.Address)
		}
	}
	return to, rule
}

// lackingPrivate are the configured nameservers that answer for a target without
// returning a private address. silent includes those that do not answer.
func (f *facts) lackingPrivate(ts []*target, silent bool) []*server {
	private := func(a netip.Addr) bool { return f.o.Class(a) == observation.ClassPrivate }
	return filter(f.configured, func(s *server) bool {
		return s.Address.IsValid() && slices.ContainsFunc(ts, func(t *target) bool {
			return !slices.ContainsFunc(s.addresses(t.Host), private) &&
				slices.ContainsFunc(s.both(t.Host), func(a *observation.Answer) bool { return a.Rcode != "" || silent })
		})
	})
}

// zones are the domains of the targets with a well-formed host.
func (f *facts) zones(ts []*target) []string {
	return f.domains(filter(ts, func(t *target) bool {
		_, err := endpoint.ParseHost(t.Host)
		return err == nil
	}))
}

// allowPrivateAnswers names the servers that strip private addresses: those that return
// no address for any of the targets.
func (f *facts) allowPrivateAnswers(ts []*target) []fix.Action {
	a := fix.Action{Kind: fix.AllowPrivateAnswers, Zones: f.zones(ts)}
	for _, s := range f.configured {
		if s.Address.IsValid() && !isTailscale(s) && !slices.ContainsFunc(ts, func(t *target) bool { return len(s.addresses(t.Host)) > 0 }) {
			a.Servers = append(a.Servers, s.Address)
		}
	}
	if len(a.Zones) == 0 || len(a.Servers) == 0 {
		return nil
	}
	return []fix.Action{a}
}
