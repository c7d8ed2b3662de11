package diagnose

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// No connection to public addresses.

// findEgressBlocked matches the API names; silent public S3 follows from them. Required
// S3 follows only from a required API: that a firewall blocks what nobody needs says
// nothing about S3.
func findEgressBlocked(f *facts) []match {
	ms := f.silentMatches(func(t *target) bool { return !anyClass(t, observation.ClassPrivate) })
	some := func(api bool) bool {
		return slices.ContainsFunc(ms, func(m match) bool { return m.target.api() == api && f.matters(m.target) })
	}
	s3 := some(true) || !some(false)
	ms = filter(ms, func(m match) bool { return m.target.api() || s3 })
	for i := range ms {
		ms[i].dependent = !ms[i].target.api()
	}
	return ms
}

func describeEgressBlocked(f *facts, ms []match) words {
	ts, ws := targetsOf(ms), pathsOf(ms)
	var apis, plain, fips []*target
	for _, t := range ts {
		switch {
		case !t.api():
			continue
		case fipsName(t):
			fips = append(fips, t)
		default:
			plain = append(plain, t)
		}
		apis = append(apis, t)
	}
	w := words{
		title:  sentTo(ws) + " the public addresses of " + subject(ts) + " " + notAnswered(ws),
		checks: f.tryAll(ws),
	}
	if f.ec2() {
		var create []string
		if len(plain) > 0 {
			w.fix = append(w.fix, "if "+f.vpcName("the VPC")+" has interface endpoints for "+f.endpointServices(plain)+", turn on their private DNS names (VPC console, Endpoints, Modify private DNS name)")
			create = []string{"create interface endpoints for " + f.endpointServices(plain) + " in " + f.vpcName("the VPC") + " with private DNS names on (charged by the hour)" + f.gatewayToo(ts, ws, "; and add ")}
		}
		w.does = map[fix.Kind][]string{fix.CreateEndpoint: append(slices.Clone(w.fix), create...), fix.CreateGateway: create}
		create = append(create, f.insteadOfFIPS(fips, f.gatewayToo(ts, ws, ", and "))...)
		if rejected(ws) { // then packets get out
			w.fix = slices.Concat(w.fix, []string{f.whoRejects(ws)}, create)
			return w
		}
		w.fix = slices.Concat(w.fix, []string{
			f.letOut() + ", and in the network ACL of " + f.subnetOf(ws) + " with inbound ephemeral ports 1024-65535",
			f.ownFirewall("TCP 443"),
			"give " + f.subnetOf(ws) + " internet access: a route 0.0.0.0/0 to a NAT gateway, or to an internet gateway for a node with a public address (VPC console, Route tables)",
		}, create)
		return w
	}
	w.fix = []string{"allow TCP 443 from " + f.source(ws) + " to " + everyHost(apis) + " in the firewall"}
	if len(plain) > 0 {
		w.fix = append(w.fix, "use private addresses here: forward "+joinAnd(f.domains(plain))+" to a Route 53 Resolver inbound endpoint, with interface endpoints in the VPC and a route to them")
	}
	w.fix = append(w.fix, f.insteadOfFIPS(fips, "")...)
	w.fix = slices.Insert(w.fix, 1, f.ownFirewall("TCP 443"), "if the site has a proxy, set it for the agent's service")
	return w
}

// gatewayToo is what S3 needs if the other names get interface endpoints, or "" if it is
// not among the targets.
func (f *facts) gatewayToo(ts []*target, ws []*path, and string) string {
	if !slices.ContainsFunc(ts, func(t *target) bool { return !t.api() && t.Overridden == "" }) {
		return ""
	}
	return and + "a gateway endpoint for S3 (" + f.endpointService(endpoint.S3) + ") in the route table of " + f.subnetOf(ws)
}

// fipsName reports whether the target's host is a FIPS name, whoever set it.
func fipsName(t *target) bool {
	label, _, _ := strings.Cut(t.Host, ".")
	return t.FIPS || strings.HasSuffix(label, "-fips")
}

// insteadOfFIPS says how to avoid FIPS names: those of Systems Manager have no interface
// endpoint. more is what is needed besides those endpoints.
func (f *facts) insteadOfFIPS(ts []*target, more string) []string {
	if len(ts) == 0 {
		return nil
	}
	how := "omit --fips"
	for _, t := range ts {
		if t.Overridden != "" {
			how = "remove the FIPS names from " + t.Overridden
		}
	}
	return []string{"use the plain names, with interface endpoints for " + f.endpointServices(ts) + more + ": " + how + "; no interface endpoint serves a FIPS name of ssm, ssmmessages or ec2messages"}
}

func findS3Blocked(f *facts) []match {
	return f.silentMatches(func(t *target) bool { return t.Service == endpoint.S3 && !anyClass(t, observation.ClassPrivate) })
}

func describeS3Blocked(f *facts, ms []match) words {
	ws := pathsOf(ms)
	w := words{
		title:  sentTo(ws) + " S3's public addresses " + notAnswered(ws),
		checks: f.tryAll(ws),
	}
	if served := f.servedPlain(targetsOf(ms)); served != nil {
		w.more = append(w.more, served.Host+" has private addresses ("+addrList(served.resolved.addrs)+"): there is an S3 interface endpoint, but it has no dual-stack names")
		w.fix = []string{
			"let the S3 interface endpoint also serve its dual-stack names: set its IP address type and its DNS record type to dualstack",
			"associate a gateway endpoint for S3 (" + f.endpointService(endpoint.S3) + ") with the route table of " + f.subnetOf(ws),
		}
		if !f.ec2() {
			w.fix[1] = "allow TCP 443 from " + f.source(ws) + " to " + everyHost(targetsOf(ms)) + " in the firewall"
		}
		return w
	}
	if !f.ec2() {
		w.fix = []string{
			"allow TCP 443 from " + f.source(ws) + " to " + everyHost(targetsOf(ms)) + " in the firewall of this site",
			f.ownFirewall("TCP 443"),
			"use private addresses here: an S3 interface endpoint (a gateway endpoint works only inside its VPC), and a forwarder for its name",
		}
		return w
	}
	prefix := "com.amazonaws." + f.o.Plan.Region + ".s3"
	gateway := "associate a gateway endpoint for S3 (" + f.endpointService(endpoint.S3) + ") with the route table of " + f.subnetOf(ws)
	w.does = map[fix.Kind][]string{fix.CreateGateway: {gateway + " (it costs nothing)", gateway}}
	w.fix = []string{gateway + " (it costs nothing)", "allow TCP 443 out to the prefix list " + prefix + " in " + f.ownGroup()}
	own := f.ownFirewall("TCP 443")
	if said := f.nothingAnswers(); said != "" {
		w.title += " either: nothing answers on port 443"
		w.more = append(w.more, said)
		w.fix = []string{own, f.letOut() + ", to the prefix list " + prefix + " at least", gateway + " (it costs nothing)"}
	}
	w.fix = append(w.fix, "allow S3's addresses in the network ACL, with inbound ephemeral ports 1024-65535: an ACL cannot use a prefix list", own)
	if rejected(ws) {
		w.fix = []string{f.whoRejects(ws), gateway}
	}
	return w
}

// servedPlain is the target whose plain S3 name has private addresses, if all of ts are
// dual-stack names, which then have none; otherwise nil.
func (f *facts) servedPlain(ts []*target) *target {
	dual := func(t *target) bool { return strings.Contains(t.Host, ".dualstack.") }
	plain := f.where(func(t *target) bool {
		return !t.proxied && t.Service == endpoint.S3 && !dual(t) && t.resolved.outcome == outcomePrivate
	})
	if len(plain) == 0 || !every(ts, dual) {
		return nil
	}
	return plain[0]
}
