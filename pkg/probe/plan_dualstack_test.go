package probe

import "testing"

// TestPlainHosts: the other host is noted only if the agent's version, which is
// not known, decides which one it uses.
func TestPlainHosts(t *testing.T) {
	const plain = "ssm.us-east-2.amazonaws.com"
	dual := AgentConfig{DualStack: true}
	for _, test := range []struct {
		name   string
		config Config
		agent  Agent
		want   string
	}{
		{"the version is not known", Config{}, Agent{Installed: Yes, Config: dual}, plain},
		{"nor whether there is an agent", Config{}, Agent{Config: dual}, plain},
		{"it is new enough", Config{}, Agent{Installed: Yes, Version: "3.3.3270.0", Config: dual}, ""},
		{"it is too old", Config{}, Agent{Installed: Yes, Version: "3.3.1142.0", Config: dual}, ""},
		{"no agent is installed", Config{}, Agent{Installed: No, Config: dual}, ""},
		{"--dualstack wants these names", Config{DualStack: true}, Agent{Installed: Yes, Config: dual}, ""},
		{"--endpoint names the host", Config{Endpoints: map[string]string{"ssm": "ssm.example.com"}}, Agent{Installed: Yes, Config: dual}, ""},
		{"the configuration does not set it", Config{}, Agent{Installed: Yes}, ""},
	} {
		test.config.Region = "us-east-2"
		plan, err := NewPlan(test.config, LocalNode{Node: Node{Kind: NodeEC2, Agent: test.agent}})
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range plan.Targets {
			if target.Name == "ssm" && target.PlainHost != test.want || target.Name == "s3-dualstack" && target.PlainHost != "" {
				t.Errorf("%s: the plain host of %s is %q", test.name, target.Name, target.PlainHost)
			}
		}
	}
}
