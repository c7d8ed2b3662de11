package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

const EndpointNotPrivate Code = "endpoint-not-private"

// dnsEndpointCauses is the cause of names without a private address anywhere.
func dnsEndpointCauses() []cause {
	return []cause{{
		code: EndpointNotPrivate, atMost: Error, perTarget: true, restart: true,
		dependsOn: []Code{DNSNoNameserver, DNSNotAWS, DNSSinkhole, DNSHostsOverride, DNSSearchList, DNSForwarderMissing, DNSForwarderPartial, DNSResolversDisagree},
		find:      findEndpointNotPrivate, describe: describeEndpointNotPrivate,
		actions: (*facts).createEndpoints,
	}}
}

func findEndpointNotPrivate(f *facts) []match {
	if f.expect != observation.ExpectPrivate {
		return nil
	}
	var ms []match
	for _, t := range f.targets {
		if f.mixed(t) {
			ms = append(ms, match{target: t, effect: affects, forceError: true, evidence: append(f.comparison(t.Host), linesOf(t.paths)...)})
			continue
		}
		if !t.expectable() || t.resolved.outcome != outcomePublic || !f.publicEverywhere(t.Host) {
			continue
		}
		noticed := t.Service == endpoint.SSM || t.Service == endpoint.SSMMessages
		if !f.givenPrivate() && !noticed && (t.works() || t.answered() || f.failsAnywhere(t)) {
			continue // the name may be public by design, and what is wrong there has a finding
		}
		m := match{target: t, effect: blocks, forceError: f.notPrivate(t), evidence: slices.Concat(f.pinLines(t), f.comparison(t.Host), linesOf(t.paths))}
		if !t.works() && anyUndecided(t.paths) {
			m.effect = affects
		}
		ms = append(ms, m)
	}
	return ms
}

func anyUndecided(ws []*path) bool {
	return slices.ContainsFunc(ws, func(w *path) bool { return w.state == stateUndecided })
}

// publicEverywhere reports whether every resolver that answered for the host returned
// public addresses, and at least one answered.
func (f *facts) publicEverywhere(host string) bool {
	answer := filter(f.resolvers(), func(s *server) bool { return s.outcome(host).decisive() })
	return len(answer) > 0 && every(answer, func(s *server) bool { return s.outcome(host) == outcomePublic })
}

func describeEndpointNotPrivate(f *facts, ms []match) words {
	ts := targetsOf(ms)
	lacking := filter(ts, func(t *target) bool { return !f.mixed(t) })
	if len(lacking) == 0 {
		return words{
			title:  subject(ts) + plural(len(ts), " has", " have") + " public addresses besides the private ones",
			more:   []string{"--expect private was given"},
			checks: f.confirmNames(ts),
			fix: []string{
				"find out where " + f.nameservers() + " gets the public addresses of " + hostsOf(ts) + " from: a record or zone of your own that mixes them",
			},
		}
	}
	names := subject(lacking)
	w := words{title: names + plural(len(lacking), " has", " have") + " no private address in this VPC"}
	for _, t := range lacking[:min(len(lacking), 2)] {
		server := f.vpc
		if server == nil && len(f.configured) > 0 {
			server = f.configured[0]
		}
		if server != nil {
			w.checks = append(w.checks, f.ask(server, t.Host))
		}
	}
	n := services(lacking)
	create := "create " + plural(n, "an interface endpoint", "interface endpoints") + " for " + f.endpointServices(lacking) + " in " + f.vpcName("the VPC") + ", with private DNS names on (charged by the hour); allow 443 from " + f.source(pathsOf(ms)) + " in " + plural(n, "its security group", "their security groups")
	on := "turn on the private DNS names of the " + plural(n, "endpoint that is", "endpoints that are") + " there (VPC console, Endpoints, Modify private DNS name); the VPC needs both enableDnsSupport and enableDnsHostnames"
	share := "associate the private hosted zone of a central endpoint with this VPC"
	w.does = map[fix.Kind][]string{fix.CreateEndpoint: {create, on}}
	if f.vpc != nil && f.vpc.outcome(lacking[0].Host) == outcomePublic {
		w.more = append(w.more, "the VPC's own resolver also returns public addresses: there is no interface endpoint, or its private DNS is off")
		w.fix = []string{on, share, create}
	} else {
		w.title = names + plural(len(lacking), " has", " have") + " no private address at any resolver that answered"
		w.more = append(w.more, "no resolver that knows the VPC answered: a missing forwarder for "+names+" is not ruled out")
		w.fix = []string{
			"ask the VPC's resolver for the name: run this again with --vpc-resolver and the address of the Route 53 Resolver inbound endpoint; if it returns a private address, a forwarder is missing, otherwise the endpoint",
			on, create,
		}
	}
	for _, t := range lacking {
		// Whatever DNS answers, the agent uses the pin.
		if f.pinned(t) {
			w.fix = append(w.fix, f.unpin(t, "in any case ")...)
		}
	}
	for _, t := range ts {
		if f.mixed(t) {
			w.more = append(w.more, t.Name+" has public addresses besides private ones")
		}
	}
	if f.givenPrivate() {
		w.more = append(w.more, "--expect private was given")
	} else {
		w.more = append(w.more, "VPC endpoints in use: "+f.expectFrom)
	}
	return w
}

// createEndpoints proposes interface endpoints, conditionally if no resolver that knows
// the VPC answered: a forwarder may be missing instead.
func (f *facts) createEndpoints(ts []*target) []fix.Action {
	services := interfaceServices(ts)
	if len(services) == 0 {
		return nil
	}
	create := fix.Action{Kind: fix.CreateEndpoint, Services: services, From: f.nodeBlocks()}
	if f.vpcKnows(ts) {
		return []fix.Action{create}
	}
	create.Condition = fix.IfNoForwarderMissing
	all := []fix.Action{create}
	for _, s := range f.lackingPrivate(ts, false) {
		if a := f.forwardZone(ts, s); len(a.Zones) > 0 && !a.ResolverRule && !isTailscale(s) {
			a.Condition = fix.IfEndpointsExist
			all = append(all, a)
		}
	}
	return all
}

// vpcKnows reports whether a resolver that knows the VPC's names answered for one of the
// targets.
func (f *facts) vpcKnows(ts []*target) bool {
	return f.vpc != nil && slices.ContainsFunc(ts, func(t *target) bool {
		return slices.ContainsFunc(f.vpc.both(t.Host), func(a *observation.Answer) bool { return a.Rcode != "" })
	})
}
