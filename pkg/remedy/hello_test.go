package remedy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestHelloDropIn: where the small ClientHello passes, the node's part makes the
// agent send it, beside what its GODEBUG has.
func TestHelloDropIn(t *testing.T) {
	passes := func(size observation.HelloSize) *observation.Observations {
		o := observed(t, "us-east-2")
		o.Node.Agent = observation.Agent{Installed: observation.Yes, Hello: observation.AgentHello{Size: size, Switch: observation.SwitchMLKEM, GODEBUG: "netdns=go"}}
		small := observation.Experiment{Kind: observation.ExperimentSmallHello, Result: observation.Stages{Handshake: &observation.Handshake{}}}
		o.Targets = []observation.TargetObservation{{Name: "ssm", Addresses: []observation.AddressObservation{{Experiments: []observation.Experiment{small}}}}}
		return o
	}
	for _, code := range []diagnose.Code{diagnose.LargeHelloBlocked, diagnose.MTUBlackHole} {
		x := planned(reportOf(finding(code, "ssm")), passes(observation.HelloLarge))
		script := strings.ReplaceAll(text(t, x, Options{}), "/etc/systemd/system/", "etc/")
		script = strings.ReplaceAll(script, "systemctl ", "echo systemctl >>did ")
		dir, _, stderr, status := runScript(t, script, nil, "node")
		if status != 0 {
			t.Fatalf("%s: status %d: %s", code, status, stderr)
		}
		b, err := os.ReadFile(filepath.Join(dir, "etc/amazon-ssm-agent.service.d/zz-ssmcheck-godebug.conf"))
		if want := "[Service]\nEnvironment=\"GODEBUG=netdns=go,tlsmlkem=0\"\n"; err != nil || string(b) != want {
			t.Errorf("%s: drop-in %q (%v), want %q", code, b, err, want)
		}
		if planned(reportOf(finding(code, "ssm")), passes(observation.HelloSmall)).onNode() {
			t.Errorf("%s: an agent that sends the small one is told to", code)
		}
		if planned(reportOf(finding(code, "ssm")), observed(t, "us-east-2")).onNode() {
			t.Errorf("%s: the small one does not pass, and the agent is told to send it", code)
		}
	}
	windows := passes("")
	windows.Node.OS, windows.Node.Agent.Hello = "windows", observation.AgentHello{GODEBUG: "netdns=go"}
	got := text(t, planned(reportOf(finding(diagnose.LargeHelloBlocked, "ssm")), windows), Options{})
	for _, want := range []string{"-notmatch '^GODEBUG='", "($others + @('GODEBUG=netdns=go,tlsmlkem=0'))", "tlskyber=0 instead of"} {
		if !strings.Contains(got, want) {
			t.Errorf("on Windows without %q:\n%s", want, got)
		}
	}
}
