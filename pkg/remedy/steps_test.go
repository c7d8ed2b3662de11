package remedy

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// TestStepsLeft: a step that nothing is written for is said, also the first one.
func TestStepsLeft(t *testing.T) {
	f := finding(diagnose.EndpointBlocked, "ssm")
	f.Fix = []string{"open this node's firewall", "open the endpoint's group", "open the lists"}
	f.Actions = []fix.Action{{Kind: fix.AllowIngress, Services: []endpoint.Service{endpoint.SSM}, Port: 443, Steps: []int{2}}}
	for _, as := range Languages() {
		got := text(t, New(reportOf(f), observed(t, "us-east-2")), Options{As: as})
		for step, left := range map[string]bool{f.Fix[0]: true, f.Fix[1]: false, f.Fix[2]: true} {
			if strings.Contains(got, step) != left {
				t.Errorf("%s: %q is said: %t:\n%s", as, step, !left, got)
			}
		}
	}
}

// TestFirstLine: a script says how it is run, and what is none says so.
func TestFirstLine(t *testing.T) {
	o := observed(t, "us-east-2")
	f := finding(diagnose.EndpointBlocked, "ssm")
	f.Actions = []fix.Action{{Kind: fix.AllowIngress, Services: []endpoint.Service{endpoint.SSM}, Port: 443, Steps: []int{1}}}
	if got := text(t, New(reportOf(f), o), Options{}); !strings.HasPrefix(got, "#!/bin/sh\n# Save as fix.sh and run it; do not paste") {
		t.Errorf("got:\n%s", got)
	}
	f.Actions = []fix.Action{{Kind: fix.Manual}}
	if got := text(t, New(reportOf(f), o), Options{}); !strings.HasPrefix(got, "# Nothing to script here") || strings.Contains(got, "set -eu") {
		t.Errorf("got:\n%s", got)
	}
}

// TestStepsElsewhere: what a language leaves out is said step by step, and once.
func TestStepsElsewhere(t *testing.T) {
	clock := finding(diagnose.ClockSkew, "ssm")
	clock.Fix = []string{"set the clock", "restart the agent"}
	clock.Actions = []fix.Action{{Kind: fix.SyncClock, Steps: []int{1}}, {Kind: fix.RestartAgent, Steps: []int{2}}}
	server := finding(diagnose.DNSForwarderMissing, "ssm")
	server.Fix = []string{"forward the domain", "use another nameserver"}
	server.Actions = []fix.Action{{Kind: fix.ForwardZone, Zones: []string{"amazonaws.com"}, Steps: []int{1}}, {Kind: fix.Manual}}
	for as, name := range map[Language]string{Terraform: "as Terraform", CloudFormation: "as CloudFormation"} {
		got := text(t, New(reportOf(clock), observed(t, "us-east-2")), Options{As: as})
		if !strings.HasPrefix(got, "# Nothing to script here") || !strings.Contains(got, name) {
			t.Errorf("got:\n%s", got)
		}
		got += text(t, New(reportOf(server), observed(t, "us-east-2")), Options{As: as})
		for _, step := range append(clock.Fix, server.Fix...) {
			if n := strings.Count(got, step); n != 1 {
				t.Errorf("%s: %q is said %d times:\n%s", as, step, n, got)
			}
		}
	}
}
