// Package endpoint says what a managed node must reach: the partitions and
// Regions of AWS, the host names of the services, the AWS-managed S3 buckets,
// and what each capability of Systems Manager needs of them.
//
// It is data and pure functions. It does not resolve names, connect, read files
// or inspect the node, and it does not know whether a target answers.
package endpoint

// Port is the only port of AWS's endpoints that a managed node needs.
const Port = 443

// A Target is one thing that the node must reach: a host name, a port and a
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
	// WebSocket: the node also opens a WebSocket there.
	WebSocket bool `json:"websocket,omitempty"`
	// Bucket is the S3 bucket to read. Empty: only the host is checked.
	Bucket string `json:"bucket,omitempty"`
	// VirtualHosted: the bucket's name is part of the host name, as the SDKs
	// write it. Otherwise it is in the path.
	VirtualHosted bool `json:"virtual_hosted,omitempty"`
	// Own: the bucket is the user's own (`--bucket`), and the agent reads and
	// writes it with its SDK.
	Own bool `json:"own,omitempty"`
	// PublicKey is an object of the bucket that anyone may read. Empty: none is
	// documented.
	PublicKey string `json:"public_key,omitempty"`
	// NotApplicable says why the target does not exist here (a Region
	// without ec2messages). Such a target is skipped and does not count.
	NotApplicable string `json:"not_applicable,omitempty"`
	// NotDocumented says why the target cannot be checked here (AWS does not
	// publish the bucket's name). Its capability is left at a warning.
	NotDocumented string `json:"not_documented,omitempty"`
	// MayBeAbsent says why it is not a fault if the name does not exist
	// (ec2messages, if it is unknown whether the Region has it) or if the bucket
	// does not exist.
	MayBeAbsent string `json:"may_be_absent,omitempty"`
	// FIPS is set for a FIPS name that differs from the plain one. ssm,
	// ssmmessages and ec2messages have no interface endpoint with such a name, so
	// it keeps public addresses.
	FIPS bool `json:"fips,omitempty"`
	// Foreign is set for a host that is not one of AWS's names (`--endpoint`, the
	// agent's configuration): its certificate's issuer proves nothing.
	Foreign bool `json:"foreign,omitempty"`
	// Overridden says what replaced AWS's host name: "--endpoint", or the agent's
	// configuration file. Empty: nothing did.
	Overridden string `json:"overridden,omitempty"`
}

// A Need is something that a capability requires: at least one of the named
// targets must work.
type Need []string

// Requirements is what a set of capabilities needs in a Region.
type Requirements struct {
	// Targets are in the order of the contract's services, without duplicates.
	Targets []Target `json:"targets"`
	// Needs lists what each capability needs; all of its Needs must be met.
	Needs map[Capability][]Need `json:"needs"`
}

// Options change which targets and names are required.
type Options struct {
	FIPS      bool
	DualStack bool
	// Windows adds what only Windows nodes need.
	Windows bool
	// AgentInstalled: the node has an agent, so hybrid-activation needs no bucket
	// to download one from.
	AgentInstalled bool
	// OldDistributor: the node's agent is known to be older than 3.3.551.0, so
	// Distributor reads packages from an AWS bucket.
	OldDistributor bool
	// Domain replaces the partition's DNS suffix in the names that the agent
	// builds (Agent.ServiceDomain in its configuration): those of the APIs, and
	// of S3 for its own updates. Empty: no replacement.
	Domain string
	// Buckets are the user's own S3 buckets (`--bucket`), checked by ParseBucket.
	Buckets []string
}
