package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestAgentWaitsForSetup: an agent that Sysprep keeps from starting is told from one that
// somebody stopped.
func TestAgentWaitsForSetup(t *testing.T) {
	for state, waits := range map[string]bool{"IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE": true, observation.ImageComplete: false, "": false} {
		w := healthy()
		w.Node.OS, w.Node.Agent.Running, w.Node.Agent.ImageState = "windows", observation.No, state
		fs := Judge(w.Observations).Findings
		i := slices.IndexFunc(fs, func(f Finding) bool { return f.Code == AgentStopped })
		if i < 0 {
			t.Fatalf("%q: no %s", state, AgentStopped)
		}
		all := strings.Join(append(append([]string{fs[i].Title}, fs[i].Evidence...), fs[i].Confirm...), "\n")
		if strings.Contains(all, "Sysprep") != waits || waits && (!strings.Contains(all, state) || !strings.Contains(all, "-Name ImageState")) {
			t.Errorf("%q: %s", state, all)
		}
	}
}

// TestNameRules: what a nameserver says of a name that a rule sends elsewhere is not what
// the agent gets. The system's own lookup is.
func TestNameRules(t *testing.T) {
	rule := observation.NameRule{From: "a rule", Namespaces: []string{"." + hostSSM[len("ssm."):]}, Servers: []netip.AddrPort{netip.MustParseAddrPort("10.20.0.2:53")}}
	made := func(rules ...observation.NameRule) (ofName outcome, notes string) {
		w := healthy()
		w.Node.OS = "windows"
		w.hybrid()
		w.Node.Resolver.Rules = rules
		w.unresolved(observation.KindTimeout, "ssm") // by the rule's server
		f := newFacts(w.Observations)
		i := slices.IndexFunc(f.targets, func(t *target) bool { return t.Name == "ssm" })
		return f.resolve(f.targets[i]).outcome, strings.Join(Judge(w.Observations).Notes, "\n")
	}
	if o, notes := made(); !o.hasAddress() || strings.Contains(notes, "10.20.0.2") {
		t.Errorf("without a rule: %v\n%s", o, notes)
	}
	o, notes := made(rule)
	if o.hasAddress() || !strings.Contains(notes, `"a rule" sends `+hostSSM) || strings.Count(notes, " to 10.20.0.2, which was not asked by itself") != 1 {
		t.Errorf("by the rule: %v\n%s", o, notes)
	}
}
