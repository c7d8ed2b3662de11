package endpoint

// VPCEndpointService is the name by which a VPC endpoint for the service is
// created: "com.amazonaws.us-east-2.ssm". Empty: there is none, or it is not
// known.
//
// Of the FIPS names only that of kms has an endpoint of its own
// (aws-services-privatelink-support.md). In China some services have names
// that begin with cn.com.amazonaws, and which ones is not published as a list;
// of the other partitions beside aws and aws-us-gov nothing is.
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
