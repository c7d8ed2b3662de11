package endpoint

import "strings"

// A Partition is a separate AWS cloud: its own accounts, Regions and DNS
// suffix.
type Partition struct {
	// ID is the partition's name in ARNs: "aws", "aws-cn".
	ID string
	// DNSSuffix ends the host names: "amazonaws.com".
	DNSSuffix string
	// DualStackSuffix ends the APIs' dual-stack names: "api.aws". S3's dual-stack
	// names have another form, under DNSSuffix.
	DualStackSuffix string
	// AmazonIssued: Amazon issues the certificates of AWS's names. Elsewhere
	// (China, the isolated partitions) another issuer proves nothing.
	AmazonIssued bool
}

// partitionRule assigns a partition to the Regions whose names have a prefix.
type partitionRule struct {
	prefix string
	Partition
}

// partitionTable is in the order in which prefixes are tried; the last one
// matches every Region. It is read-only.
//
// Suffixes: aws-sdk-go-v2 v1.48.0, partitions.json. Prefixes: amazon-ssm-agent
// commit 1c217c89, common/identity/endpoint/endpoint.go, and us-gov- from the
// SDK's list (the agent needs no rule for it, as the suffix is the same).
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

// partitionOf determines a Region's partition by prefix, as the SSM Agent does.
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

// IsAWSName reports whether host is under an AWS DNS suffix of any partition: the
// name of a service or of a single VPC endpoint.
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
