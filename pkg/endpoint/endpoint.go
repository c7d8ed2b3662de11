// Package endpoint says what a managed node must reach: the partitions and
// Regions of AWS, the host names of the services, the AWS-managed S3 buckets,
// and what each capability of Systems Manager needs of them.
//
// It is data and pure functions. It does not resolve, connect, read a file or
// look at the node, and it does not know whether a target answers.
package endpoint

// Port is the only port of AWS's endpoints that a managed node needs.
const Port = 443

// A Target is one thing the node must reach: a host name, a port and a
// purpose.
type Target struct {
	// Name is the target's name in reports: "ssm", "ssmmessages", "s3",
	// "s3-dualstack", "s3:amazon-ssm-us-east-2".
	Name string `json:"name"`
	// Service is the AWS service behind the host.
	Service Service `json:"service"`
	Host    string  `json:"host"`
	Port    uint16  `json:"port"`
	// Purpose says in a few words what a node uses the target for.
	Purpose string `json:"purpose"`
	// WebSocket is set where the node opens a WebSocket beside plain HTTPS.
	WebSocket bool `json:"websocket,omitempty"`
	// Bucket is the S3 bucket to read, empty for a host only.
	Bucket string `json:"bucket,omitempty"`
	// VirtualHosted: the bucket's name stands before the host's, as the SDKs
	// write it. Else it stands in the path.
	VirtualHosted bool `json:"virtual_hosted,omitempty"`
	// Own: the bucket is the user's own (`--bucket`), and the agent reads and
	// writes it with its SDK.
	Own bool `json:"own,omitempty"`
	// PublicKey is an object of the bucket that anyone may read, empty where
	// none is documented.
	PublicKey string `json:"public_key,omitempty"`
	// NotApplicable says why the target does not exist here (a Region
	// without ec2messages). Such a target is skipped and does not count.
	NotApplicable string `json:"not_applicable,omitempty"`
	// NotDocumented says why the target cannot be checked here (a bucket
	// whose name AWS does not publish). Its capability is left at a warning.
	NotDocumented string `json:"not_documented,omitempty"`
	// MayBeAbsent says why NXDOMAIN is no fault for this name (ec2messages
	// in a Region of which it is not known whether it has it), or for a bucket
	// why it is none that there is no such bucket.
	MayBeAbsent string `json:"may_be_absent,omitempty"`
	// FIPS is set for a FIPS name that is not the plain one: ssm, ssmmessages
	// and ec2messages have no interface endpoint by such a name, so that it
	// keeps public addresses.
	FIPS bool `json:"fips,omitempty"`
	// Foreign is set for a host that is not AWS's own name (`--endpoint`,
	// the agent's configuration): nothing is concluded from its issuer.
	Foreign bool `json:"foreign,omitempty"`
	// Overridden says who named another host than AWS's own:
	// "--endpoint", or the agent's configuration file. Empty: nobody.
	Overridden string `json:"overridden,omitempty"`
}

// A Need is one thing that a capability cannot do without: at least one of
// the targets named must work.
type Need []string

// Requirements is what a set of capabilities needs in a Region.
type Requirements struct {
	// Targets are in the order of the contract's services, each once.
	Targets []Target `json:"targets"`
	// Needs lists, by capability, what must work: every Need of the list.
	Needs map[Capability][]Need `json:"needs"`
}

// Options are the choices that change which names are meant.
type Options struct {
	FIPS      bool
	DualStack bool
	// Windows adds what only Windows nodes need.
	Windows bool
	// AgentInstalled tells that an agent is on the node: hybrid-activation
	// then needs no bucket to fetch one from.
	AgentInstalled bool
	// OldDistributor tells that the node's agent is known to be older than
	// 3.3.551.0: Distributor then reads packages from a bucket of AWS.
	OldDistributor bool
	// Domain replaces the partition's DNS suffix in the names that the agent
	// builds (Agent.ServiceDomain of its configuration): the APIs', and S3's
	// for its own updates. Empty: none.
	Domain string
	// Buckets are S3 buckets of the user's own (`--bucket`), checked by
	// ParseBucket.
	Buckets []string
}
