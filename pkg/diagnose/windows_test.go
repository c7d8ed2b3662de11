package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestAgentWaitsForSetup: an agent that Sysprep keeps from starting is told from one that
// somebody stopped.
func TestAgentWaitsForSetup(t *testing.T) {
	const sealed = "IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE"
	for _, test := range []struct {
		state        string
		starting     bool
		names, waits bool // names the state; waits for it
	}{
		{sealed, true, true, true}, {sealed, false, true, false},
		{observation.ImageComplete, false, false, false}, {"", false, false, false},
	} {
		w := healthy()
		w.Node.OS, w.Node.Agent.Running, w.Node.Agent.ImageState = "windows", observation.No, test.state
		w.Node.Agent.Starting = test.starting
		fs := Judge(w.Observations).Findings
		i := slices.IndexFunc(fs, func(f Finding) bool { return f.Code == AgentStopped })
		if i < 0 {
			t.Fatalf("%+v: no %s", test, AgentStopped)
		}
		f := fs[i]
		all := strings.Join(slices.Concat(f.Evidence, f.Confirm), "\n")
		if strings.Contains(all, sealed) != test.names || strings.Contains(all, "-Name ImageState") != test.names {
			t.Errorf("%+v: %s", test, all)
		}
		starts := slices.ContainsFunc(f.Actions, func(a fix.Action) bool { return a.Kind == fix.StartAgent })
		if strings.Contains(f.Title, "waits") != test.waits || strings.Contains(strings.Join(f.Fix, "\n"), "Start-Service") == test.waits || starts == test.waits ||
			(f.Checks[0].Expect == "StartPending") != test.waits {
			t.Errorf("%+v: %s: %q, %v, %+v", test, f.Title, f.Fix, f.Actions, f.Checks)
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
