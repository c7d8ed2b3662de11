package agent

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// setBucketEndpoint takes S3.Endpoint, at which the agent's SDK uploads the
// output of commands and sessions and downloads what documents name
// (agent/s3util/riputil.go). The agent's own updates come from AWS's host all
// the same (agent/updateutil).
func setBucketEndpoint(c *observation.AgentConfig, value string) {
	if value == "" {
		return
	}
	host, err := sdkEndpoint(value)
	if err != nil {
		c.BucketUnusable = "the agent's configuration names " + shownEndpoint(value) + " as S3.Endpoint: " + err.Error()
		noteConfig(c, "S3.Endpoint %s is for buckets of one's own, and cannot be tested: %v", shownEndpoint(value), err)
		return
	}
	c.BucketEndpoint = host
	noteConfig(c, "S3.Endpoint %s is for buckets of one's own, which --bucket tests there; the agent fetches its updates from AWS's own host, and that is the one tested for them", shownEndpoint(value))
}
