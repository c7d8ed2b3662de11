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

// windowsTests: what the nameservers that are asked by themselves say of a name is no
// fault where Windows has it from others.
func windowsTests() []verdictTest {
	byRule := func(w *world) {
		forwards(w)
		w.Node.OS = "windows"
		w.Node.Resolver.Rules = []observation.NameRule{{From: "a rule", Namespaces: []string{"ssm", "ssmmessages", "ec2messages", "kms", "logs"}, Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.9:53")}}}
	}
	byVPN := func(w *world) {
		forwards(w)
		w.Node.OS = "windows"
		w.Node.Resolver.Adapters = []observation.Adapter{{Name: "WireGuard", Servers: []netip.AddrPort{netip.MustParseAddrPort("10.8.0.1:53")}}}
	}
	public := func(w *world) {
		for i, name := range allAPIs {
			w.says(ownServer, name, publicOf(i)...)
		}
	}
	fails := func(kind observation.Kind) func(w *world) {
		return func(w *world) {
			for _, name := range allAPIs {
				w.fails(ownServer, name, kind)
			}
		}
	}
	var rows []verdictTest
	for where, system := range map[string]func(*world){"a rule": byRule, "an adapter without a gateway": byVPN} {
		for what, server := range map[string]func(*world){
			"public": public, "NXDOMAIN": fails(observation.KindNXDomain), "no address": fails(observation.KindNoAddress),
		} {
			rows = append(rows, verdictTest{name: "private by " + where + ", " + what + " by the others", change: func(w *world) {
				system(w)
				server(w)
			}})
		}
	}
	return append(rows,
		verdictTest{name: "private by a rule, SERVFAIL by the others", change: func(w *world) {
			byRule(w)
			fails(observation.KindServFail)(w)
		}},
		verdictTest{name: "private by a rule, torn by the others", change: func(w *world) {
			byRule(w)
			w.secondServer("10.0.0.54")
			public(w)
		}},
		verdictTest{name: "an adapter without a gateway does not answer for the others", status: 1, want: []string{"error dns-forwarder-missing " + apis3}, change: func(w *world) {
			byVPN(w)
			for i, name := range allAPIs {
				w.leads(name, publicOf(i)...)
			}
			w.silent(allAPIs...)
		}},
	)
}
