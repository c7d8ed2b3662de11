package endpoint

// A Policy is a policy document for IAM and VPC endpoints, as JSON.
type Policy struct {
	Version   string
	Statement []Statement
}

// A Statement is one rule of a policy.
type Statement struct {
	Sid       string
	Effect    string
	Principal string
	Action    []string
	Resource  []string
}

// policyVersion is the newest version of the policy language.
const policyVersion = "2012-10-17"

// BucketPolicy returns a complete policy for an S3 VPC endpoint that lets nodes
// read the AWS-managed buckets and the user's own. Like any policy, it denies
// everything else.
//
// The principal is everybody, without a condition: a gateway endpoint accepts no
// other principal, and reads of the managed buckets are unsigned, so a condition
// on the caller would never hold (aws-samples, data-perimeter-policy-examples,
// service_owned_resources.md).
func BucketPolicy(r Region, managed, own []string) Policy {
	p := Policy{Version: policyVersion, Statement: []Statement{}}
	for _, s := range []struct {
		sid     string
		buckets []string
	}{
		{"ReadBucketsOfSystemsManager", managed},
		{"ReadOwnBuckets", own},
	} {
		if len(s.buckets) == 0 {
			continue
		}
		statement := Statement{Sid: s.sid, Effect: "Allow", Principal: "*", Action: []string{"s3:GetObject"}}
		for _, b := range s.buckets {
			statement.Resource = append(statement.Resource, BucketARN(r, b))
		}
		p.Statement = append(p.Statement, statement)
	}
	return p
}
