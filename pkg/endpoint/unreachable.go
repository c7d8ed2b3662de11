package endpoint

import "strings"

// IfUnreachable says what fails or is delayed while the node cannot reach the
// target, as the end of a sentence without a full stop. Targets whose absence has
// the same effect (the hosts and buckets of patching) share one text.
func (t Target) IfUnreachable() string {
	if t.Service == S3 {
		return t.withoutS3()
	}
	switch t.Service {
	case SSM:
		return "the agent does not register, and nothing of Systems Manager works"
	case SSMMessages:
		return "Session Manager does not work, nor does Run Command with agents from 3.3.40.0 on"
	case EC2Messages:
		return "agents before 3.3.40.0, and Windows Server 2012 and older, get no commands"
	case KMS:
		return "sessions that are encrypted by a KMS key do not open"
	case Logs:
		return "sessions that log to CloudWatch Logs open only after minutes"
	case EC2:
		return "VSS snapshots fail"
	case Monitoring:
		return "no metrics of this node get to CloudWatch"
	}
	return ""
}

// withoutS3 says it for S3: for a host, or for a bucket there.
func (t Target) withoutS3() string {
	switch {
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
