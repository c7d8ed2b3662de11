package diagnose

// explainS3 explains the causes that S3's own answers show.
func explainS3() []Explanation {
	return []Explanation{
		{
			Code: S3PolicyDenies,
			How: []string{
				"The policy of the VPC endpoint for S3 was narrowed to buckets of your own.",
				"It has a condition on who asks (aws:PrincipalOrgID, aws:PrincipalAccount), which an unsigned read never meets; the agent reads these buckets unsigned.",
				"A proxy allows the host and not this path.",
			},
			Prove: []Step{
				{"curl -sv --max-time 10 \\\n    https://s3.REGION.amazonaws.com/amazon-ssm-REGION/latest/VERSION", "403 for an object that everybody may read"},
				{"aws ec2 describe-vpc-endpoints --filters \\\n    Name=service-name,Values=com.amazonaws.REGION.s3 \\\n    --query 'VpcEndpoints[].PolicyDocument'", "the policy"},
			},
			Fix: []string{
				"Allow s3:GetObject on AWS's buckets to the principal \"*\", without a condition on it: `ssmcheck endpoints -o policy` writes such a policy. A change takes some minutes.",
			},
			See: []string{seeEndpointPolicy, seePatchBuckets, seeAgentDetails},
		},
		{
			Code: S3BucketMissing,
			How: []string{
				"The name of the bucket is misspelt. Those for patching have an ending in some Regions that cannot be guessed.",
				"The agent is older than 3.3.551.0, and the Region does not have the bucket that its Distributor reads.",
				"An S3-compatible server answers in AWS's place.",
			},
			Prove: []Step{
				{"curl -sv --max-time 10 https://s3.REGION.amazonaws.com/BUCKET/", "404 NoSuchBucket"},
			},
			Fix: []string{
				"Correct the name: `ssmcheck endpoints --for patch-manager` lists those of the Region.",
				"Update the agent, where the bucket is Distributor's.",
				"Correct the address of the host, where it is not AWS.",
			},
			See: []string{seePatchBuckets, seeS3Errors},
		},
		{
			Code: S3WrongRegion,
			How: []string{
				"The bucket was made in another Region than the node's.",
			},
			Prove: []Step{
				{"curl -sI https://s3.REGION.amazonaws.com/BUCKET/ | grep -i region", "x-amz-bucket-region names the other one"},
			},
			Fix: []string{
				"Use a bucket in the node's Region.",
				"Or see that the node reaches S3 in the other Region: a gateway endpoint leads to its own Region only.",
			},
			See: []string{seeGateway, seeS3Errors},
		},
	}
}

// explainCredentials explains the causes that only a signed call shows.
func explainCredentials() []Explanation {
	return []Explanation{
		{
			Code: CredentialsMissing,
			How: []string{
				"The instance has no instance profile.",
				"On a hybrid node the agent keeps its credentials to itself, and nobody else has any.",
				"The credentials are root's, and ssmcheck runs as another user.",
			},
			Prove: []Step{
				{"aws sts get-caller-identity", "\"Unable to locate credentials\""},
			},
			Fix: []string{
				"Attach an instance profile whose role has the policy AmazonSSMManagedInstanceCore.",
				"Or give credentials in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN).",
				"Or leave --signed out: the way there is tested without it.",
			},
			See: []string{seeNodeTrouble},
		},
		{
			Code: CredentialsRejected,
			How: []string{
				"Keys in the environment or in a file have expired, or were deleted, and stand before the instance's role.",
				"The role was changed, and the instance still has its old credentials.",
			},
			Prove: []Step{
				{"aws sts get-caller-identity", "ExpiredToken, InvalidClientTokenId or SignatureDoesNotMatch"},
			},
			Fix: []string{
				"Take the old keys out of the environment and the files, or renew them.",
				"Restart the agent, so that it fetches its credentials again.",
			},
			restarts: true,
			See:      []string{seeSignature},
		},
		{
			Code: IAMDenied,
			How: []string{
				"The role lacks AmazonSSMManagedInstanceCore, or a policy of your own lacks some of its actions.",
				"A service control policy, a permissions boundary or a session policy takes the permission away.",
			},
			Prove: []Step{
				{"aws ssm describe-document --name AWS-RunShellScript", "AccessDenied; its text names the kind of policy"},
			},
			Fix: []string{
				"Attach AmazonSSMManagedInstanceCore to the role.",
				"Or widen the policy that the message names.",
				"Restart the agent: after a denial it waits for up to an hour.",
			},
			restarts: true,
			See:      []string{seeDenied, seeNodeTrouble},
		},
		{
			Code: EndpointPolicyDenies,
			How: []string{
				"The policy of the interface endpoint was narrowed to actions, roles or accounts, and the agent's calls are not among them.",
			},
			Prove: []Step{
				{"aws ssm describe-document --name AWS-RunShellScript", "\"no VPC endpoint policy allows\", or \"explicit deny in a VPC endpoint policy\""},
				{"aws ec2 describe-vpc-endpoints --query \\\n    'VpcEndpoints[].[ServiceName,PolicyDocument]'", "the policy"},
			},
			Fix: []string{
				"Allow the actions of AmazonSSMManagedInstanceCore in the endpoint's policy, also on documents that AWS owns. A change takes some minutes.",
			},
			See: []string{seeEndpointPolicy, seeDenied},
		},
	}
}

// explainRest explains what no table names.
func explainRest() []Explanation {
	return []Explanation{
		{
			Code: Intermittent,
			How: []string{
				"A tunnel, a NAT gateway or a firewall at its limits loses packets.",
				"One of several devices or paths is broken, and each connection takes another.",
				"A proxy is overloaded, or one of several behind one address is out of order: it refuses a request (407, 502, 503, 504) or cuts it, and grants the next one.",
			},
			Prove: []Step{
				{"for i in $(seq 20); do curl -so /dev/null --max-time 5 \\\n    -w '%{http_code} %{time_total}\\n' https://HOST/; done", "some fail, or take seconds"},
			},
			Fix: []string{
				"Run ssmcheck again, several times: a fault that comes back is one to look for.",
				"Look at the counters of the devices on the way for drops, and in the log of a proxy for the time of the run.",
			},
		},
		{
			Code: Unexplained,
			How: []string{
				"Something that ssmcheck has no name for yet.",
				"Mgs.Endpoint of the agent's configuration names a host with a port: the agent finds no host in it. ssmcheck tells that whole, with its fix, and there is no code of its own for it.",
			},
			Prove: []Step{
				{"ssmcheck -v", "all that was seen, with its times"},
			},
			Fix: []string{
				"Read the evidence, and report it with the output of `ssmcheck -o json`: a cause may be missing.",
			},
			See: []string{seeAgentTrouble},
		},
	}
}
