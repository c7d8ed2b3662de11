package endpoint

// About says what a capability is, and how it uses what it needs.
func (c Capability) About() string {
	switch c {
	case RunCommand:
		return "Commands and scripts that AWS sends to the node: documents such as AWS-RunShellScript, State Manager, Automation. The agent registers and reports at ssm; the commands come by ssmmessages, through a WebSocket that the agent holds open, and for agents before 3.3.40.0 by ec2messages. Regions launched in 2024 and later have no ec2messages."
	case SessionManager:
		return "A shell on the node, and forwarded ports, without an open port: the agent holds a WebSocket to ssmmessages open, and each session is another one. Plain HTTPS is not enough: whatever opens TLS on the way must let the upgrade pass."
	case AgentUpdate:
		return "The agent fetches its new versions from a bucket of AWS, by path-style requests without a signature. A gateway endpoint for S3 is enough, if its policy allows the bucket."
	case PatchManager:
		return "Run Command, and what the patch documents read: modules and snapshots of patch baselines, from buckets of AWS at host names of their own (s3.dualstack in most partitions). Some Regions have bucket names with endings that cannot be guessed. The package repositories of the system are needed beside it, and are not tested."
	case Distributor:
		return "Software packages that AWS installs on the node (AWS-ConfigureAWSPackage): Run Command brings the order, and the agent fetches the package from S3 by the address that Systems Manager gives it. Agents before 3.3.551.0 also read what belongs to a package from a bucket of AWS; still older ones used two more, which some Regions do not have."
	case VSSSnapshot:
		return "Snapshots of Windows volumes by the document AWSEC2-CreateVssSnapshot: Run Command, and on the node a script that asks ec2 for the volumes."
	case KMSEncryption:
		return "Sessions whose content is encrypted by a key of your own, and parameters of the kind SecureString: the node asks kms itself."
	case CloudWatchLogs:
		return "Logs of sessions and commands that the node sends to CloudWatch Logs. Where sessions are set up to log and logs is not reached, a session may take minutes to open."
	case CloudWatchMetrics:
		return "Metrics that the node sends to CloudWatch."
	case HybridActivation:
		return "A server outside EC2 that is to be registered: the agent is fetched from a bucket of AWS, where it is not installed yet, and registers at ssm with an activation's id and code. What the node is to do after that needs more: see the other capabilities."
	}
	return ""
}
