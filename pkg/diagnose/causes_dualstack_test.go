package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// versionDecides gives the targets dual-stack names that an agent of unknown
// version may not use.
func (w *world) versionDecides() {
	w.Node.Agent.Version, w.Node.Agent.Config.DualStack = "", true
	for i := range w.Plan.Targets {
		w.Plan.Targets[i].PlainHost = "plain-" + w.Plan.Targets[i].Host
	}
}

// dualStackTests: if the agent's version decides the name and is not known, a finding is
// at most a warning; what holds for either name stays an error.
func dualStackTests() []verdictTest {
	return []verdictTest{
		{name: "dual stack, the version is not known: the endpoint is silent", status: 3, want: []string{"warning endpoint-blocked ssm"}, change: func(w *world) {
			w.versionDecides()
			w.silent("ssm")
		}},
		{name: "dual stack, the version is not known: the name is missing", status: 3, want: []string{"warning dns-name-missing ssm"}, change: func(w *world) {
			w.versionDecides()
			w.fails(vpcPlus2, "ssm", observation.KindNXDomain)
			w.fails(vpcDefault, "ssm", observation.KindNXDomain)
			w.unresolved(observation.KindNXDomain, "ssm")
		}},
		{name: "dual stack, the version is not known: the names work", status: 0, change: func(w *world) { w.versionDecides() }},
		{name: "dual stack, the version is not known: the nameserver is silent", status: 1, want: []string{"error dns-server-silent " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
			w.unresolved(observation.KindTimeout, allNames...)
		}},
		{name: "dual stack, the version is not known: the proxy is silent", status: 1, want: []string{"error proxy-unreachable " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.through(proxyAt, func(_ string, p *observation.ProxyObservation) { unconnected(p, observation.KindTimeout, 3000*ms) })
		}},
		{name: "dual stack, the version is not known: the proxy refuses these names", status: 3, want: []string{"warning proxy-denied " + asked5}, change: func(w *world) {
			w.versionDecides()
			w.through(proxyAt, refuses(403))
		}},
	}
}

func TestVersionThatDecidesIsSaid(t *testing.T) {
	w := healthy()
	w.versionDecides()
	w.silent("ssm")
	r := Judge(w.Observations)
	if len(r.Findings) != 1 {
		t.Fatalf("%q", told1(r))
	}
	const why = "the version of the agent is not known: one before 3.3.3270.0 does not know UseDualStackEndpoint"
	if !slices.ContainsFunc(r.Findings[0].Evidence, func(l string) bool {
		return strings.HasPrefix(l, why) && strings.Contains(l, "--endpoint ssm=\"plain-"+hostSSM+"\"")
	}) {
		t.Errorf("the finding does not say so: %q", r.Findings[0].Evidence)
	}
	for _, c := range r.Capabilities {
		if c.Name == "session-manager" && (c.Verdict != Warn || !strings.HasPrefix(c.Reason, "not decided: "+why)) {
			t.Errorf("%+v", c)
		}
	}
}
