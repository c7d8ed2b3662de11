package probe

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

func targetsAndCalls(p observation.Plan) map[string][]string {
	out := map[string][]string{"targets": targetNames(p.Targets)}
	for _, c := range p.Capabilities {
		for _, need := range p.Needs[c] {
			for _, name := range need {
				out[string(c)] = append(out[string(c)], name)
			}
		}
	}
	for _, c := range p.SignedCalls {
		out["calls"] = append(out["calls"], c.Target)
	}
	return out
}

func TestPlanOnly(t *testing.T) {
	const bucket = "s3:amazon-ssm-us-east-2"
	whole, err := NewPlan(Config{Region: "us-east-2", Signed: true, Buckets: []string{"mine"}}, node.Local{Node: observation.Node{Kind: observation.NodeEC2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names []string
		want  map[string][]string
	}{
		{[]string{"ssm"}, map[string][]string{
			"targets": {"ssm"}, "run-command": {"ssm"}, "session-manager": {"ssm"}, "calls": {"ssm"},
		}},
		// Run Command may use one instead of the other.
		{[]string{"ssmmessages"}, map[string][]string{
			"targets": {"ssmmessages", "ec2messages"}, "run-command": {"ssmmessages", "ec2messages"}, "session-manager": {"ssmmessages"},
		}},
		// ssmmessages comes with ec2messages, and with it what Session
		// Manager needs.
		{[]string{"ec2messages"}, map[string][]string{
			"targets": {"ssmmessages", "ec2messages"}, "run-command": {"ssmmessages", "ec2messages"}, "session-manager": {"ssmmessages"},
		}},
		{[]string{bucket}, map[string][]string{
			"targets": {"s3", bucket}, "agent-update": {"s3", bucket}, "calls": {bucket},
		}},
		{[]string{"s3:mine"}, map[string][]string{"targets": {"s3", "s3:mine"}, "agent-update": {"s3"}}},
	} {
		got := targetsAndCalls(whole.Only(c.names).Plan)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.names, diff)
		}
	}
	// Nothing that was asked for would be decided by these.
	for _, names := range [][]string{nil, {"kms"}, {"no-such-target"}} {
		if diff := cmp.Diff(targetsAndCalls(whole.Plan), targetsAndCalls(whole.Only(names).Plan)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", names, diff)
		}
	}
}

// The smaller plan is for the same node, and probes in the same way.
func TestPlanOnlyKeepsTheRest(t *testing.T) {
	whole, err := NewPlan(Config{
		Region: "us-east-2", RegionFrom: "--region", Expect: observation.ExpectPrivate, DualStack: true,
		Capabilities: []endpoint.Capability{endpoint.SessionManager},
	}, node.Local{Node: observation.Node{Kind: observation.NodeEC2}})
	if err != nil {
		t.Fatal(err)
	}
	part := whole.Only([]string{"ssm"})
	part.Capabilities, part.Needs, part.Targets = whole.Capabilities, whole.Needs, whole.Targets
	if diff := cmp.Diff(whole.Plan, part.Plan, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestObservationsOnly(t *testing.T) {
	plan, err := NewPlan(Config{Region: "us-east-2", Signed: true}, node.Local{Node: observation.Node{Kind: observation.NodeEC2}})
	if err != nil {
		t.Fatal(err)
	}
	o := &observation.Observations{Plan: plan.Plan, Signed: []observation.SignedCall{{PlannedCall: observation.PlannedCall{Target: "ssm"}}, {PlannedCall: observation.PlannedCall{Target: "s3:amazon-ssm-us-east-2"}}}}
	for _, target := range plan.Targets {
		o.Targets = append(o.Targets, observation.TargetObservation{Name: target.Name})
	}
	all := len(o.Targets)
	got := o.Only([]string{"ssm"})
	if len(got.Targets) != 1 || got.Targets[0].Name != "ssm" || len(got.Signed) != 1 || len(got.Plan.Targets) != 1 {
		t.Errorf("got %+v", got)
	}
	if len(o.Targets) != all || len(o.Plan.Targets) != all {
		t.Error("the observations themselves were changed")
	}
}
