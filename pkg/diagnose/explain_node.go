package diagnose

// askForToken is tokenCommand in lines that fit a terminal.
const askForToken = "curl -sv -m 2 -X PUT http://169.254.169.254/latest/api/token \\\n    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'"

// explainNode explains the causes that lie in the node as a whole.
func explainNode() []Explanation {
	return []Explanation{
		{
			Code: IMDSUnreachable,
			How: []string{
				"Windows has persistent routes to 169.254.169.254 that came with the image and name another gateway.",
				"A packet filter on the node drops packets to 169.254.169.254.",
				"A firewall on the way answers for that address with a page of its own.",
			},
			Prove: []Step{
				{askForToken, "a token where metadata answers, no answer or a page of HTML where it does not"},
				{"ip route get 169.254.169.254", "the interface and gateway that the packet would take"},
			},
			Fix: []string{
				"Remove the route or the rule that covers 169.254.169.254 on the node.",
				"Exempt 169.254.169.254 on the firewall that answers in its place.",
				"Turn the metadata service on for the instance: `aws ec2 modify-instance-metadata-options --http-endpoint enabled`.",
			},
			See: []string{seeMetadata, seeAgentTrouble},
		},
		{
			Code: IMDSDisabled,
			How: []string{
				"The instance was launched with metadata off (HttpEndpoint=disabled), by a launch template, an image or a guardrail of the account.",
			},
			Prove: []Step{
				{askForToken, "the status 403"},
				{"aws ec2 describe-instances --instance-ids ID \\\n    --query 'Reservations[].Instances[].MetadataOptions'", "HttpEndpoint is disabled"},
			},
			Fix: []string{
				"Turn it on: `aws ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id ID`, and in the launch template.",
				"Or register the node by a hybrid activation, which needs no metadata.",
			},
			See: []string{seeMetadataOptions},
		},
		{
			Code: IMDSHopLimit,
			How: []string{
				"A container adds a hop to the instance, and the token's reply may pass one hop only (HttpPutResponseHopLimit=1, the default).",
			},
			Prove: []Step{
				{askForToken, "inside the container: the connection opens and no token comes; on the instance itself: a token"},
			},
			Fix: []string{
				"Set the limit to 2: `aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id ID`.",
				"Or run the container in the host's network.",
			},
			See: []string{seeMetadata, seeMetadataOptions},
		},
		{
			Code: RegionMismatch,
			How: []string{
				"AWS_REGION or a profile of the shell names the Region of other work.",
				"The node was registered by an activation of another Region.",
			},
			Prove: []Step{
				{"env | grep AWS_", "the Region that the shell names"},
				{"ssmcheck -v --region REGION", "what the node sees of the Region that is meant"},
			},
			Fix: []string{
				"Give --region with the Region in which the node is to be managed.",
				"Register the node again with an activation of the right Region.",
			},
			See: []string{seeNodeTrouble},
		},
		{
			Code: RoleMissing,
			How: []string{
				"The instance was launched without an instance profile.",
				"The profile was taken away, or its role was deleted.",
				"Default Host Management Configuration, which would do in its place, is off in the Region or not known to the agent yet.",
			},
			Prove: []Step{
				{"TOKEN=$(curl -s -X PUT http://169.254.169.254/latest/api/token \\\n    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')", "a token for the next command"},
				{"curl -s http://169.254.169.254/latest/meta-data/iam/info \\\n    -H \"X-aws-ec2-metadata-token: $TOKEN\"", "404 without a profile"},
			},
			Fix: []string{
				"Attach an instance profile whose role has the policy AmazonSSMManagedInstanceCore.",
				"Or turn on Default Host Management Configuration for the account in this Region.",
				"Restart the agent: without credentials it waits for up to an hour.",
			},
			restarts: true,
			See:      []string{seeNodeTrouble},
		},
		{
			Code: AgentMissing,
			How: []string{
				"The image comes without the agent, or it was removed.",
				"The node is prepared before the agent is installed. Then this is as it should be.",
			},
			Prove: []Step{
				{"systemctl status amazon-ssm-agent", "whether there is such a unit"},
				{"snap list amazon-ssm-agent", "the same for the snap, which Ubuntu uses"},
			},
			Fix: []string{"Install amazon-ssm-agent, as the guide for the system says."},
			See: []string{seeAgentLinux},
		},
		{
			Code: AgentStopped,
			How: []string{
				"The service was stopped or is not enabled at boot.",
				"The agent ended: its log says why (/var/log/amazon/ssm/amazon-ssm-agent.log).",
			},
			Prove: []Step{
				{"systemctl status amazon-ssm-agent", "inactive, failed, or disabled"},
				{"journalctl -u amazon-ssm-agent -n 50", "its last words"},
			},
			Fix: []string{
				"Start it, and at boot too: `systemctl enable --now amazon-ssm-agent`; for the snap `snap start --enable amazon-ssm-agent`; on Windows `Start-Service AmazonSSMAgent`.",
			},
			See: []string{seeAgentTrouble},
		},
		{
			Code: AgentOutdated,
			How: []string{
				"The agent is not updated by itself: nothing sends AWS-UpdateSSMAgent, and no association or package manager does it.",
				"The bucket amazon-ssm-REGION names the newest version in latest/VERSION, which ssmcheck reads anyhow.",
			},
			Prove: []Step{
				{"amazon-ssm-agent -version", "this node's version"},
				{"curl -s https://s3.REGION.amazonaws.com/amazon-ssm-REGION/latest/VERSION", "a newer one"},
			},
			Fix: []string{
				"Run the document AWS-UpdateSSMAgent on the node, or let Systems Manager's settings update the agent every two weeks.",
				"Or update the package amazon-ssm-agent.",
			},
			See: []string{seeAgentTrouble},
		},
		{
			Code: AgentEndpointOverride,
			How: []string{
				"Somebody wrote other endpoints into amazon-ssm-agent.json: FIPS names, the names of VPC endpoints, or old advice that nobody remembers.",
			},
			Prove: []Step{
				{"cat /etc/amazon/ssm/amazon-ssm-agent.json", "the members Ssm, Mgs, Mds, S3, Kms and Agent"},
			},
			Fix: []string{
				"Nothing, where it is meant.",
				"Else take the endpoints out of the file, and restart the agent.",
			},
			restarts: true,
			See:      []string{seeAgentDetails},
		},
		{
			Code: AgentConfigInvalid,
			How: []string{
				"amazon-ssm-agent.json is no JSON: a comma too many, a comment, quotation marks of a word processor.",
			},
			Prove: []Step{
				{"python3 -m json.tool /etc/amazon/ssm/amazon-ssm-agent.json", "the line and column where it breaks"},
			},
			Fix: []string{
				"Correct the file, or take it away: without it the agent uses the same defaults.",
				"Restart the agent.",
			},
			restarts: true,
			See:      []string{seeAgentDetails},
		},
		{
			Code: ClockSkew,
			How: []string{
				"No time service runs, or it does not reach its servers through the firewall.",
				"A virtual machine was paused, or restored from a snapshot.",
				"A board without a clock of its own starts the agent before it has the time.",
			},
			Prove: []Step{
				{"date -u; curl -skI https://HOST/ | grep -i '^date'", "two times that should be the same"},
				{"chronyc tracking", "how far the clock is off, and whether a server is known"},
			},
			Fix: []string{
				"Set the clock: `chronyc makestep`, on Windows `w32tm /resync`.",
				"See that the time service runs at boot and reaches its servers. On EC2 take the time from 169.254.169.123, which needs no way out.",
				"Restart the agent.",
			},
			restarts: true,
			See:      []string{seeTime, seeSignature},
		},
	}
}
