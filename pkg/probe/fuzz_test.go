package probe

import (
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agent"
	"github.com/ssmcheck/ssmcheck/pkg/probe/node"
)

// The readers of files must not crash on anything, and must keep their bounds.

func FuzzAgentConfig(f *testing.F) {
	f.Add([]byte(`{"Mgs":{"Endpoint":"host:443","Region":"us-east-2"},"Ssm":{"Endpoint":"https://u:secret@h"}}`))
	f.Add([]byte(`{"Agent":{"ServiceDomain":"x","UseDualStackEndpoint":true}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := agent.NewReader(bare(map[string]string{"etc/amazon/ssm/amazon-ssm-agent.json": string(b)}).machine(), nil).AgentConfig()
		if _, err := NewPlan(Config{Region: "us-east-2"}, node.Local{Node: observation.Node{Agent: observation.Agent{Config: c}}}); err != nil {
			t.Errorf("what the agent's configuration says makes no plan: %v", err)
		}
		for name, host := range c.Endpoints {
			if bare, _ := agent.SplitEndpoint(host); bare == "" || strings.ContainsFunc(host, unicode.IsSpace) {
				t.Errorf("%s: host %q", name, host)
			}
		}
	})
}
