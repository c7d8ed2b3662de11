package endpoint

// VPCEndpointService returns the service name to create a VPC endpoint with:
// "com.amazonaws.us-east-2.ssm". Empty: there is none, or it is unknown.
//
// Of the FIPS names, only kms has an endpoint (aws-services-privatelink-support.md).
// In China some service names begin with cn.com.amazonaws, but no list says which;
// for the other partitions except aws and aws-us-gov nothing is published.
func VPCEndpointService(s Service, r Region, fips bool) string {
	if r.Partition.ID != "aws" && r.Partition.ID != "aws-us-gov" {
		return ""
	}
	name := string(s)
	if fips {
		if s != KMS {
			return ""
		}
		name += "-fips"
	}
	return "com.amazonaws." + r.Name + "." + name
}
