package endpoint

import "strings"

// A Partition is a separate AWS cloud: its own accounts, Regions and DNS
// suffix.
type Partition struct {
	// ID is the partition's name in ARNs: "aws", "aws-cn".
	ID string
	// DNSSuffix ends the host names: "amazonaws.com".
	DNSSuffix string
	// DualStackSuffix ends the dual-stack names of the APIs: "api.aws". S3
	// has dual-stack names of another form, under DNSSuffix.
	DualStackSuffix string
	// AmazonIssued: the certificates of AWS's names are known to be issued
	// by Amazon. Elsewhere (China, the isolated partitions) another issuer
	// proves nothing.
	AmazonIssued bool
}

// partitionRule gives a partition to the Regions that begin with a prefix.
type partitionRule struct {
	prefix string
	Partition
}

// partitionTable is in the order in which prefixes are tried; the last one
// fits every Region. It is never written.
//
// Suffixes: aws-sdk-go-v2 v1.48.0, partitions.json. Prefixes: amazon-ssm-agent
// commit 1c217c89, common/identity/endpoint/endpoint.go, and us-gov- of the
// SDK's list (the agent needs no rule for it: the suffix is the same).
var partitionTable = []partitionRule{
	{"cn-", Partition{"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", false}},
	{"us-gov-", Partition{"aws-us-gov", "amazonaws.com", "api.aws", true}},
	{"us-iso-", Partition{"aws-iso", "c2s.ic.gov", "api.aws.ic.gov", false}},
	{"us-isob-", Partition{"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", false}},
	{"us-isof-", Partition{"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", false}},
	{"eu-isoe-", Partition{"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", false}},
	{"eusc-de-", Partition{"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", false}},
	{"", Partition{"aws", "amazonaws.com", "api.aws", true}},
}

// partitionOf gives the partition of a Region by the Region's prefix, as the
// SSM Agent does.
func partitionOf(region string) Partition {
	for _, rule := range partitionTable {
		if strings.HasPrefix(region, rule.prefix) {
			return rule.Partition
		}
	}
	return partitionTable[len(partitionTable)-1].Partition
}

// isolated reports whether the partition has no dual-stack S3
// (botocore 1.43.67, endpoints.json, lists none there).
func (p Partition) isolated() bool { return strings.HasPrefix(p.ID, "aws-iso") }

// IsAWSName reports whether host is under a DNS suffix of AWS, of whichever
// partition: a service's own name, or that of one VPC endpoint.
func IsAWSName(host string) bool {
	for _, rule := range partitionTable {
		for _, suffix := range []string{rule.DNSSuffix, rule.DualStackSuffix} {
			if strings.HasSuffix(host, "."+suffix) {
				return true
			}
		}
	}
	return false
}
