package probe

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/agent"
)

// overrideBucket puts the host of S3.Endpoint in the place of AWS's own for a
// bucket of one's own.
func overrideBucket(c observation.AgentConfig, t *observation.PlannedTarget) {
	switch {
	case c.BucketUnusable != "":
		t.NotDocumented = c.BucketUnusable
	case c.BucketEndpoint != "":
		host, port := agent.SplitEndpoint(c.BucketEndpoint)
		t.Target = t.AtS3(host, c.Path)
		if port != 0 {
			t.Port = port
		}
	}
}

// distributorByAPI is the first agent whose Distributor reads no bucket of
// AWS's by itself (RELEASENOTES of amazon-ssm-agent, 3.3.551.0).
var distributorByAPI = []int{3, 3, 551, 0}
