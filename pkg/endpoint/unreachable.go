package endpoint

import "strings"

// IfUnreachable says what fails or is delayed while the node cannot reach the
// target, as the end of a sentence without a full stop. Targets whose absence has
// the same effect (the hosts and buckets of patching) share one text.
func (t Target) IfUnreachable() string {
	switch {
	case t.Service != S3:
		return withoutAPI[t.Service]
	case t.Own:
		return "the agent neither reads nor writes the bucket " + t.Bucket
	case strings.HasPrefix(t.Name, bucketPrefix+"amazon-ssm-packages-"):
		return "agents before 2.2.45.0 install no packages of Distributor"
	case strings.HasPrefix(t.Name, bucketPrefix+"aws-ssm-document-attachments-"):
		return "older agents do not install packages of Distributor that AWS owns"
	case t.ForOldDistributor():
		return "agents before 3.3.551.0 install no packages of Distributor"
	case t.Name == nameS3 && t.Purpose != patchPurpose, strings.HasPrefix(t.Name, bucketPrefix+"amazon-ssm-"):
		return "the agent does not update itself"
	}
	return "patching fails"
}

// withoutAPI says it for the APIs.
var withoutAPI = map[Service]string{
	SSM:         "the agent does not register, and nothing of Systems Manager works",
	SSMMessages: "Session Manager does not work, nor does Run Command with agents from 3.3.40.0 on",
	EC2Messages: "agents before 3.3.40.0, and Windows Server 2012 and older, get no commands",
	KMS:         "sessions that are encrypted by a KMS key do not open",
	Logs:        "sessions that log to CloudWatch Logs open only after minutes",
	EC2:         "VSS snapshots fail",
	Monitoring:  "no metrics of this node get to CloudWatch",
}
