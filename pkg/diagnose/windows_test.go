package diagnose

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestAgentWaitsForSetup: an agent that Sysprep keeps from starting is distinguished
// from one that somebody stopped.
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
		if strings.Contains(f.Title, "waiting") != test.waits || strings.Contains(strings.Join(f.Fix, "\n"), "Start-Service") == test.waits || starts == test.waits ||
			(f.Checks[0].Expect == "StartPending") != test.waits {
			t.Errorf("%+v: %s: %q, %v, %+v", test, f.Title, f.Fix, f.Actions, f.Checks)
		}
	}
}

// TestNameRules: what a nameserver answers for a name that a rule sends elsewhere is not
// what the agent gets. The system's own lookup is.
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
	w := healthy()
	w.Node.OS, w.System = "windows", nil // the run ended before
	w.Node.Resolver.Rules = []observation.NameRule{rule}
	if f := newFacts(w.Observations); f.targets[0].resolved.outcome != outcomeUndecided {
		t.Errorf("nobody who counts was asked: %q", f.targets[0].resolved.outcome)
	}
	o, notes := made(rule)
	if o.hasAddress() || !strings.Contains(notes, `a rule sends `+hostSSM) || strings.Count(notes, " to 10.20.0.2, which was not asked separately") != 1 {
		t.Errorf("by the rule: %v\n%s", o, notes)
	}
}

// windowsTests: what the separately asked nameservers answer for a name is not a fault
// if Windows has it from others.
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

// TestRuleIsNotForwarder: that the nameservers for other names lack a forwarder does not
// explain a name with a rule.
func TestRuleIsNotForwarder(t *testing.T) {
	w := healthy()
	forwards(w)
	w.Node.OS = "windows"
	w.Node.Resolver.Rules = []observation.NameRule{{From: "a rule", Namespaces: []string{"kms"}, Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.9:53")}}}
	for i, name := range allAPIs {
		w.leads(name, publicOf(i)...)
	}
	w.silent(allAPIs...)
	for _, target := range Judge(w.Observations).Targets {
		if slices.Contains(target.Because, DNSForwarderMissing) != slices.Contains([]string{"ssm", "ssmmessages", "ec2messages", "logs"}, target.Name) {
			t.Errorf("%s: because of %q", target.Name, target.Because)
		}
	}
}

// TestNamedIn: a fix points to what sets the nameserver: the adapters, a rule, or the
// group policy. DHCP does not change the latter two.
func TestNamedIn(t *testing.T) {
	const (
		policy = `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient`
		client = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig`
	)
	rules := func(keys ...string) func(*world) {
		return func(w *world) {
			server := w.ask(ownServer)
			server.From = keys[0]
			w.Node.Resolver.Servers = []netip.AddrPort{netip.MustParseAddrPort("10.0.0.54:53")}
			for _, key := range keys { // each for half of the names, or one for all
				names := []string{"ssm", "ssmmessages", "ec2messages", "kms", "logs", "s3", ".s3.us-east-2.amazonaws.com"}
				if len(keys) > 1 && key == keys[0] {
					names = names[:1]
				}
				w.Node.Resolver.Rules = append(w.Node.Resolver.Rules, observation.NameRule{From: key, Namespaces: names, Servers: []netip.AddrPort{server.Address}})
			}
		}
	}
	for what, test := range map[string]struct {
		named   func(*world)
		os      string
		want    []string
		special bool
	}{
		"the adapters":     {func(w *world) { w.Node.Resolver.From = "GetAdaptersAddresses" }, "windows", []string{"adapters"}, false},
		"the group policy": {func(w *world) { w.Node.Resolver.From = policy + `\NameServer` }, "windows", []string{"group policy", policy + `\NameServer`}, true},
		"a rule":           {rules(client + `\{1}`), "windows", []string{client + `\{1}`, "Set-DnsClientNrptRule"}, true},
		"two rules":        {rules(client+`\{1}`, client+`\{2}`), "windows", []string{client + `\{1}`, client + `\{2}`}, true},
		"a policy's rule":  {rules(policy + `\DnsPolicyConfig\{1}`), "windows", []string{policy + `\DnsPolicyConfig\{1}`, "group policy"}, true},
		"a file of macOS":  {rules("/etc/resolver/amazonaws.com"), "darwin", []string{"/etc/resolver/amazonaws.com"}, true},
		"a file of Linux":  {func(*world) {}, "linux", []string{"/etc/resolv.conf"}, false},
		"given in its place": {func(w *world) {
			rules(client + `\{1}`)(w)
			w.ask(ownServer).Given, w.ask(ownServer).From = true, "--nameserver"
		}, "windows", []string{"adapters"}, false},
	} {
		for fault, kind := range map[string]observation.Kind{"silent": observation.KindTimeout, "no private address": observation.KindNXDomain} {
			for _, hybrid := range []bool{false, true} {
				w := healthy()
				forwards(w)
				w.Node.OS = test.os
				test.named(w)
				for _, name := range allNames {
					w.fails(ownServer, name, kind)
				}
				w.unresolved(kind, allNames...)
				if kind == observation.KindTimeout {
					w.ask(ownServer).ControlQuery, w.ask(ownServer).ControlHost = nil, nil
				}
				if hybrid {
					w.hybrid()
				}
				place, special := newFacts(w.Observations).namedIn()
				if special != test.special || test.os == "windows" && strings.Contains(place, "adapters") != slices.Contains(test.want, "adapters") {
					t.Errorf("%s: %q, special %v", what, place, special)
				}
				var fixes []string
				for _, found := range Judge(w.Observations).Findings {
					if found.Code == DNSServerSilent || found.Code == DNSForwarderMissing {
						fixes = append(fixes, found.Fix...)
					}
				}
				all := strings.Join(fixes, "\n")
				if all == "" && !(hybrid && kind == observation.KindNXDomain) {
					t.Errorf("%s, %s: no finding", what, fault)
				}
				if special && strings.Contains(all, "DHCP") {
					t.Errorf("%s, %s: DHCP has no effect: %s", what, fault, all)
				}
				for _, want := range test.want {
					if !strings.Contains(place, want) || (special || kind == observation.KindTimeout) && all != "" && !strings.Contains(all, want) {
						t.Errorf("%s, %s: not %s: %q\n%s", what, fault, want, place, all)
					}
				}
			}
		}
	}
}

// TestRuleDisagrees: if two servers of a rule disagree, the place is the rule, in the
// evidence too.
func TestRuleDisagrees(t *testing.T) {
	const key = `HKLM\SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig\{1}`
	w := healthy()
	w.secondServer(ownServer)
	w.Node.OS = "windows"
	w.Node.Resolver.Rules = []observation.NameRule{{From: key, Namespaces: []string{"."}, Servers: w.Node.Resolver.Servers}}
	w.Node.Resolver.Servers = nil
	for _, server := range []string{vpcPlus2, ownServer} {
		w.ask(server).From = key
	}
	for i, name := range allAPIs {
		w.says(ownServer, name, publicOf(i)...)
	}
	fs := Judge(w.Observations).Findings
	if len(fs) != 1 || fs[0].Code != DNSResolversDisagree {
		t.Fatalf("%+v", fs)
	}
	evidence, fix := strings.Join(fs[0].Evidence, "\n"), strings.Join(fs[0].Fix, "\n")
	if !strings.Contains(evidence, " is number 2 in the rule "+key) || !strings.Contains(fix, " from the rule "+key) || strings.Contains(fix, "DHCP") {
		t.Errorf("%s\n%s", evidence, fix)
	}
}

// TestSearchListOfWindows: its place is not the adapters' settings.
func TestSearchListOfWindows(t *testing.T) {
	w := healthy()
	w.Node.OS, w.Node.Resolver.From, w.Node.Resolver.Search = "windows", `HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\NameServer`, []string{"corp.example.com"}
	if line := newFacts(w.Observations).searchLine(); strings.Contains(line, "NameServer") || !strings.Contains(line, `"corp.example.com"`) {
		t.Error(line)
	}
	w.completes("10.0.9.80", allNames...)
	w.Node.Resolver.Ndots, w.Node.Resolver.Options = nil, nil
	fs := Judge(w.Observations).Findings
	if len(fs) != 1 || fs[0].Code != DNSSearchList || !strings.Contains(fs[0].Fix[0], "-SuffixSearchList") || strings.Contains(fs[0].Fix[0], "adapters") {
		t.Errorf("%+v", fs)
	}
}

// TestShowNameservers: nothing Unix-specific is said about Windows.
func TestShowNameservers(t *testing.T) {
	for os, unix := range map[string]bool{"windows": false, "linux": true} {
		for _, kind := range []observation.Kind{observation.KindDenied, observation.KindOther} {
			w := healthy()
			w.Node.OS, w.Node.Resolver.Failure = os, &observation.Failure{Kind: kind}
			if s := newFacts(w.Observations).showNameservers(); strings.Contains(s, "readable") != unix || !strings.Contains(s, "--nameserver") {
				t.Errorf("%s, %s: %s", os, kind, s)
			}
		}
	}
}
