package endpoint

// A Service is an AWS service, by the label that begins its host names.
type Service string

// The services that a managed node may need.
const (
	SSM         Service = "ssm"
	SSMMessages Service = "ssmmessages"
	EC2Messages Service = "ec2messages"
	S3          Service = "s3"
	KMS         Service = "kms"
	Logs        Service = "logs"
	EC2         Service = "ec2"
	Monitoring  Service = "monitoring"
)
