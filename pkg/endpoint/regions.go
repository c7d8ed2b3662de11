package endpoint

// regionData is what is known about a Region besides its partition.
type regionData struct {
	name, title string
	ec2messages Support
	// kmsFIPS: kms has a FIPS name here.
	kmsFIPS bool
}

// regionTable lists every known Region, sorted by name. It is read-only.
//
// Names and titles: aws-sdk-go-v2 v1.48.0, partitions.json. FIPS names of
// kms: botocore 1.43.67, endpoints.json. ec2messages: the Systems Manager
// User Guide ("Reference: ec2messages, ssmmessages") says that Regions
// launched in 2024 and later do not have it; which Regions those are is known
// from their launch dates, and agrees with the Regions that the guide's list
// of patch buckets leaves out. Of the isolated partitions nothing is
// published.
var regionTable = []regionData{
	{"af-south-1", "Africa (Cape Town)", Supported, true},
	{"ap-east-1", "Asia Pacific (Hong Kong)", Supported, true},
	{"ap-east-2", "Asia Pacific (Taipei)", Unsupported, false},
	{"ap-northeast-1", "Asia Pacific (Tokyo)", Supported, true},
	{"ap-northeast-2", "Asia Pacific (Seoul)", Supported, true},
	{"ap-northeast-3", "Asia Pacific (Osaka)", Supported, true},
	{"ap-south-1", "Asia Pacific (Mumbai)", Supported, true},
	{"ap-south-2", "Asia Pacific (Hyderabad)", Supported, true},
	{"ap-southeast-1", "Asia Pacific (Singapore)", Supported, true},
	{"ap-southeast-2", "Asia Pacific (Sydney)", Supported, true},
	{"ap-southeast-3", "Asia Pacific (Jakarta)", Supported, true},
	{"ap-southeast-4", "Asia Pacific (Melbourne)", Supported, true},
	{"ap-southeast-5", "Asia Pacific (Malaysia)", Unsupported, true},
	{"ap-southeast-6", "Asia Pacific (New Zealand)", Unsupported, false},
	{"ap-southeast-7", "Asia Pacific (Thailand)", Unsupported, true},
	{"ca-central-1", "Canada (Central)", Supported, true},
	{"ca-west-1", "Canada West (Calgary)", Supported, true},
	{"cn-north-1", "China (Beijing)", Supported, false},
	{"cn-northwest-1", "China (Ningxia)", Supported, false},
	{"eu-central-1", "Europe (Frankfurt)", Supported, true},
	{"eu-central-2", "Europe (Zurich)", Supported, true},
	{"eu-isoe-west-1", "EU ISOE West", SupportUnknown, true},
	{"eu-north-1", "Europe (Stockholm)", Supported, true},
	{"eu-south-1", "Europe (Milan)", Supported, true},
	{"eu-south-2", "Europe (Spain)", Supported, true},
	{"eu-west-1", "Europe (Ireland)", Supported, true},
	{"eu-west-2", "Europe (London)", Supported, true},
	{"eu-west-3", "Europe (Paris)", Supported, true},
	{"eusc-de-east-1", "AWS European Sovereign Cloud (Germany)", Unsupported, false},
	{"il-central-1", "Israel (Tel Aviv)", Supported, true},
	{"me-central-1", "Middle East (UAE)", Supported, true},
	{"me-south-1", "Middle East (Bahrain)", Supported, true},
	{"me-west-1", "Middle East (Saudi Arabia)", Unsupported, false},
	{"mx-central-1", "Mexico (Central)", Unsupported, true},
	{"sa-east-1", "South America (Sao Paulo)", Supported, true},
	{"sa-west-1", "South America (Chile)", Unsupported, false},
	{"us-east-1", "US East (N. Virginia)", Supported, true},
	{"us-east-2", "US East (Ohio)", Supported, true},
	{"us-gov-east-1", "AWS GovCloud (US-East)", Supported, true},
	{"us-gov-west-1", "AWS GovCloud (US-West)", Supported, true},
	{"us-iso-east-1", "US ISO East", SupportUnknown, true},
	{"us-iso-west-1", "US ISO WEST", SupportUnknown, true},
	{"us-isob-east-1", "US ISOB East (Ohio)", SupportUnknown, true},
	{"us-isob-west-1", "US ISOB West", SupportUnknown, false},
	{"us-isof-east-1", "US ISOF EAST", SupportUnknown, true},
	{"us-isof-south-1", "US ISOF SOUTH", SupportUnknown, true},
	{"us-west-1", "US West (N. California)", Supported, true},
	{"us-west-2", "US West (Oregon)", Supported, true},
}
