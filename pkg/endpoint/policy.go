package endpoint

// A Policy is a policy document as IAM and VPC endpoints take it, in JSON.
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

// policyVersion is the language of policies; there is no newer one.
const policyVersion = "2012-10-17"

// BucketPolicy is a whole policy for a VPC endpoint for S3 that lets nodes
// read the AWS-managed buckets, and own buckets beside them; everything else
// it denies, as a policy does.
//
// The principal is everybody and has no condition: a gateway endpoint takes no
// other principal, and reads of the managed buckets are not signed, so that a
// condition on who asks would never hold (aws-samples,
// data-perimeter-policy-examples, service_owned_resources.md).
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
