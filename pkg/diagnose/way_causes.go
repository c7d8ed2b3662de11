package diagnose

import (
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// wrongAddress are the causes from which whatever is seen on the ways of a
// target follows: they are not those that it should take.
func wrongAddress() []Code {
	return []Code{
		ProxyInvalid, ProxyBypassed, ProxyAgentDiffers, ProxyShadowsEndpoint,
		DNSHostsOverride, DNSSearchList, DNSSinkhole, DNSNotAWS, DNSRebindFilter, DNSResolversDisagree,
		DNSForwarderMissing, DNSForwarderPartial, EndpointNotPrivate, DNSIPv6Unroutable,
		RouteDiverted,
	}
}

// otherAddress are those by which a target has another address of AWS's than
// it should. Where this node itself turns every address down (anyway), nothing
// follows from them.
func otherAddress() []Code {
	return []Code{DNSHostsOverride, DNSResolversDisagree, DNSForwarderMissing, DNSForwarderPartial, EndpointNotPrivate}
}

// theWay are the causes that lie between this node and the address.
func theWay() []cause {
	local := append(wrongAddress(), LocalFirewall, RouteNone)
	return []cause{
		{
			code: EndpointBlocked, atMost: Error, restart: true, explainedBy: local,
			find: findEndpointBlocked, tell: tellEndpointBlocked,
		},
		{
			code: EndpointPartlyBlocked, atMost: Warning, explainedBy: local,
			find: findPartlyBlocked, tell: tellPartlyBlocked,
		},
		{
			code: EgressBlocked, atMost: Error, restart: true, explainedBy: local,
			find: findEgressBlocked, tell: tellEgressBlocked,
		},
		{
			code: S3Blocked, atMost: Error, explainedBy: append(local, EgressBlocked),
			find: findS3Blocked, tell: tellS3Blocked,
		},
		{
			code: ConnectionRefused, atMost: Error, restart: true, explainedBy: local,
			find: findRefused, tell: tellRefused,
		},
	}
}

// allSilent reports whether the target has ways, and nothing came back on any.
func allSilent(t *target) bool {
	return len(t.ways) > 0 && len(t.open) == 0 && !slices.ContainsFunc(t.ways, func(w *way) bool { return !w.silent() })
}

func anyClass(t *target, c observation.Class) bool {
	return slices.ContainsFunc(t.ways, func(w *way) bool { return w.class == c })
}

// atEach makes a match of each way of a target.
func atEach(t *target, e effect) []match {
	var ms []match
	for _, w := range t.ways {
		ms = append(ms, match{target: t, way: w, effect: e, evidence: []string{w.line()}})
	}
	return ms
}

func findEndpointBlocked(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if allSilent(t) && anyClass(t, observation.ClassPrivate) {
			ms = append(ms, atEach(t, breaks)...)
		}
	}
	return ms
}

func findPartlyBlocked(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if len(t.open) == 0 && !slices.ContainsFunc(t.ways, (*way).connected) || !slices.ContainsFunc(t.ways, (*way).silent) {
			continue
		}
		for _, w := range t.ways {
			if w.silent() || w.state == stateProven {
				ms = append(ms, match{target: t, way: w, effect: touches, evidence: []string{w.line()}})
			}
		}
	}
	return ms
}

// findEgressBlocked finds the API names; silent public S3 follows from them.
// S3 that was asked for follows from an API that was asked for only: that a
// firewall lets nothing pass to what nobody needs says nothing of S3.
func findEgressBlocked(f *facts) []match {
	silent := func(t *target) bool { return allSilent(t) && !anyClass(t, observation.ClassPrivate) }
	some := func(api bool) bool {
		return slices.ContainsFunc(f.direct(), func(t *target) bool { return t.api() == api && f.matters(t) && silent(t) })
	}
	s3 := some(true) || !some(false)
	var ms []match
	for _, t := range f.direct() {
		if !silent(t) || !t.api() && !s3 {
			continue
		}
		for _, m := range atEach(t, breaks) {
			m.follows = !t.api()
			ms = append(ms, m)
		}
	}
	return ms
}

func findS3Blocked(f *facts) []match {
	var ms []match
	for _, t := range f.direct() {
		if t.Service == endpoint.S3 && allSilent(t) && !anyClass(t, observation.ClassPrivate) {
			ms = append(ms, atEach(t, breaks)...)
		}
	}
	return ms
}

func findRefused(f *facts) []match {
	var ms []match
	for _, w := range f.ways(func(w *way) bool {
		return w.proxy == nil && w.state == stateConnect && w.locally == "" && !odd(w) && w.refusedByReset()
	}) {
		ms = append(ms, match{target: w.target, way: w, effect: breaks, evidence: []string{w.line()}})
	}
	return ms
}
