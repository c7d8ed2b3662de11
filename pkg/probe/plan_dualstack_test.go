package probe

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// TestPlainHosts: the other host is noted only if the agent's version, which is
// not known, decides which one it uses.
func TestPlainHosts(t *testing.T) {
	const plain = "ssm.us-east-2.amazonaws.com"
	dual := observation.AgentConfig{DualStack: true}
	for _, test := range []struct {
		name   string
		config Config
		agent  observation.Agent
		want   string
	}{
		{"the version is not known", Config{}, observation.Agent{Installed: observation.Yes, Config: dual}, plain},
		{"nor whether there is an agent", Config{}, observation.Agent{Config: dual}, plain},
		{"it is new enough", Config{}, observation.Agent{Installed: observation.Yes, Version: "3.3.3270.0", Config: dual}, ""},
		{"it is too old", Config{}, observation.Agent{Installed: observation.Yes, Version: "3.3.1142.0", Config: dual}, ""},
		{"no agent is installed", Config{}, observation.Agent{Installed: observation.No, Config: dual}, ""},
		{"--dualstack wants these names", Config{DualStack: true}, observation.Agent{Installed: observation.Yes, Config: dual}, ""},
		{"--endpoint names the host", Config{Endpoints: map[string]string{"ssm": "ssm.example.com"}}, observation.Agent{Installed: observation.Yes, Config: dual}, ""},
		{"the configuration does not set it", Config{}, observation.Agent{Installed: observation.Yes}, ""},
	} {
		test.config.Region = "us-east-2"
		plan, err := NewPlan(test.config, node.Local{Node: observation.Node{Kind: observation.NodeEC2, Agent: test.agent}})
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, target := range plan.Targets {
			seen = seen || target.Name == "ssm"
			if target.Name == "ssm" && target.PlainHost != test.want || target.Name == "s3-dualstack" && target.PlainHost != "" {
				t.Errorf("%s: the plain host of %s is %q", test.name, target.Name, target.PlainHost)
			}
		}
		if !seen {
			t.Errorf("%s: no target ssm", test.name)
		}
	}
}
