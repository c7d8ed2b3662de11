package observation

import "net/netip"

// A Node is what the node says of itself, from files and the system. Nothing
// was sent to learn it.
type Node struct {
	Kind NodeKind `json:"kind"`
	// KindFrom is the evidence: "/sys/class/dmi/id/sys_vendor: Amazon EC2".
	// Where the kind is not known, it says what could not be read.
	KindFrom string `json:"kind_from,omitempty"`
	// InstanceID is the EC2 instance's as the firmware has it (on Nitro).
	// Empty: not known; metadata tells it too.
	InstanceID string `json:"instance_id,omitempty"`
	// Container is the evidence that this is a container. Empty: none seen.
	Container string `json:"container,omitempty"`
	// ContainerFailure is why it is not known that this is none. nil: it is
	// known.
	ContainerFailure *Failure `json:"container_failure,omitempty"`

	OS   string `json:"os"`
	Arch string `json:"arch"`
	// OSVersion is as the system names it; on Windows "6.2" and older are
	// Windows Server 2012 and older. Empty: not known.
	OSVersion string `json:"os_version,omitempty"`
	// Addresses are the node's own, with their subnets; no loopback.
	Addresses []netip.Prefix `json:"addresses,omitempty"`
	// Interfaces are those with an address, without loopback (Linux). None:
	// not known.
	Interfaces   []Interface    `json:"interfaces,omitempty"`
	Resolver     ResolverConfig `json:"resolver"`
	Hosts        HostsFile      `json:"hosts"`
	Registration Registration   `json:"registration"`
	Agent        Agent          `json:"agent"`
	Proxy        ProxyConfig    `json:"proxy"`
	Trust        TrustConfig    `json:"trust,omitzero"`
}

// A NodeKind is what kind of machine the node is.
type NodeKind string

const (
	// NodeEC2: the firmware says so (or metadata, where it cannot be read).
	NodeEC2 NodeKind = "ec2"
	// NodeHybrid: the firmware says that it is another machine.
	NodeHybrid NodeKind = "hybrid"
	// NodeUnknown: the firmware could not be read.
	NodeUnknown NodeKind = "unknown"
)

// Known tells yes from no from not known. The zero value is not known.
type Known string

// The values of Known.
const (
	Unknown Known = ""
	Yes     Known = "yes"
	No      Known = "no"
)

// A Registration is the agent's registration as a hybrid node
// (/var/lib/amazon/ssm/registration). It holds no secret.
type Registration struct {
	Path       string `json:"path"`
	InstanceID string `json:"instance_id,omitempty"`
	Region     string `json:"region,omitempty"`
	// Failure is of KindAbsent where there is none. Of any other kind (of
	// KindDenied, where it may not be read) nothing is known.
	Failure *Failure `json:"failure,omitempty"`
}
