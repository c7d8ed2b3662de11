package signed

import (
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Calls returns the available calls for the targets, one each.
func Calls(targets []observation.PlannedTarget) []observation.PlannedCall {
	var calls []observation.PlannedCall
	for _, t := range targets {
		switch {
		case !t.Tried():
		case t.Service == endpoint.SSM:
			calls = append(calls, observation.PlannedCall{Target: t.Name, Action: actionDescribe, Resource: documentToDescribe})
		case t.Service == endpoint.S3 && t.Bucket != "" && t.PublicKey != "":
			calls = append(calls, observation.PlannedCall{Target: t.Name, Action: actionGetObject, Resource: t.Bucket + "/" + t.PublicKey})
		}
	}
	return calls
}

// The calls, and what they read. A node's managed policy,
// AmazonSSMManagedInstanceCore, allows the first; everybody may make the
// second.
const (
	actionDescribe     = "ssm:DescribeDocument"
	actionGetObject    = "s3:GetObject"
	documentToDescribe = "AWS-RunShellScript"
)
