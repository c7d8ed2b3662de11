package observation

import "net/netip"

// A Node is what the node's files and its system say about it. Nothing was sent
// to find out.
type Node struct {
	// Hostname is what the system calls itself. Empty: not known.
	Hostname string   `json:"hostname,omitempty"`
	Kind     NodeKind `json:"kind"`
	// KindFrom is the evidence: "/sys/class/dmi/id/sys_vendor: Amazon EC2".
	// Where the kind is not known, it says what could not be read.
	KindFrom string `json:"kind_from,omitempty"`
	// InstanceID is the EC2 instance's id according to the firmware (on Nitro).
	// Empty: not known; metadata has it too.
	InstanceID string `json:"instance_id,omitempty"`
	// Container is the evidence that this is a container. Empty: none seen.
	Container string `json:"container,omitempty"`
	// ContainerFailure is why it is unknown whether this is a container. nil:
	// it is known.
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
	Interfaces []Interface `json:"interfaces,omitempty"`
	// MissingCommands are those that the node does not have. None: it has all, or
	// that is not known.
	MissingCommands []Command `json:"missing_commands,omitempty"`

	Resolver     ResolverConfig `json:"resolver"`
	Hosts        HostsFile      `json:"hosts"`
	Registration Registration   `json:"registration"`
	Agent        Agent          `json:"agent"`
	AgentLog     AgentLog       `json:"agent_log,omitzero"`
	// AgentCredentials are those that the agent has, without any of them.
	AgentCredentials AgentCredentials `json:"agent_credentials,omitzero"`
	Proxy            ProxyConfig      `json:"proxy"`
	Trust            TrustConfig      `json:"trust,omitzero"`
}

// A NodeKind is a kind of machine.
type NodeKind string

const (
	// NodeEC2: the firmware says so (or metadata, if it cannot be read).
	NodeEC2 NodeKind = "ec2"
	// NodeHybrid: the firmware says that it is another machine.
	NodeHybrid NodeKind = "hybrid"
	// NodeUnknown: the firmware could not be read.
	NodeUnknown NodeKind = "unknown"
)

// Known is yes, no or not known. The zero value is not known.
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
	// Failure has KindAbsent if there is no registration. With any other kind
	// (KindDenied, if this user may not read it) nothing is known.
	Failure *Failure `json:"failure,omitempty"`
}

// An Interface is a network interface of the node that has an address.
type Interface struct {
	Name string `json:"name"`
	// Kind is what it is according to the system. Empty: a network card, or not known.
	Kind      InterfaceKind  `json:"kind,omitempty"`
	Addresses []netip.Prefix `json:"addresses,omitempty"`
	// DefaultIPv4 and DefaultIPv6: the main routing table has a default route through it.
	DefaultIPv4 bool `json:"default_ipv4,omitempty"`
	DefaultIPv6 bool `json:"default_ipv6,omitempty"`
	// Uplink: a port of the bridge is a network card, a VLAN or a bond, so the bridge leads
	// out of this node.
	Uplink bool `json:"uplink,omitempty"`
}

// An InterfaceKind is a kind of network interface.
type InterfaceKind string

// The kinds of interface.
const (
	InterfaceBridge    InterfaceKind = "bridge"
	InterfaceTUN       InterfaceKind = "tun"
	InterfaceTAP       InterfaceKind = "tap"
	InterfaceWireGuard InterfaceKind = "wireguard"
	InterfacePPP       InterfaceKind = "ppp"
	// InterfaceTunnel: IP in IP, GRE, IPsec and similar.
	InterfaceTunnel InterfaceKind = "tunnel"
	// InterfaceVeth is one end of a pair: a container's.
	InterfaceVeth InterfaceKind = "veth"
)

// Tunnels reports whether packets that leave through the interface enter a tunnel.
func (k InterfaceKind) Tunnels() bool {
	switch k {
	case InterfaceTUN, InterfaceTAP, InterfaceWireGuard, InterfacePPP, InterfaceTunnel:
		return true
	}
	return false
}

// Metadata is what instance metadata (IMDSv2) says about the node.
type Metadata struct {
	// Asked: a call was made. Otherwise Reason says why not.
	Asked  bool   `json:"asked"`
	Reason string `json:"reason,omitempty"`
	// Connected: something accepted the connection to 169.254.169.254:80.
	Connected bool `json:"connected,omitempty"`
	// Status is the HTTP status of the token call, 0 if no answer came.
	Status int `json:"status,omitempty"`
	// Foreign is the beginning of an answer that does not come from metadata (a
	// middlebox's page). Empty: none.
	Foreign string `json:"foreign,omitempty"`
	// Failure is why there is no metadata. nil: there is.
	Failure          *Failure       `json:"failure,omitempty"`
	InstanceID       string         `json:"instance_id,omitempty"`
	Region           string         `json:"region,omitempty"`
	AvailabilityZone string         `json:"availability_zone,omitempty"`
	LocalIPv4        netip.Addr     `json:"local_ipv4,omitzero"`
	VPCID            string         `json:"vpc_id,omitempty"`
	SubnetID         string         `json:"subnet_id,omitempty"`
	VPCBlocks        []netip.Prefix `json:"vpc_blocks,omitempty"`
	SubnetBlocks     []netip.Prefix `json:"subnet_blocks,omitempty"`
	SecurityGroups   []string       `json:"security_groups,omitempty"`
	// Role: the instance has instance-profile credentials.
	Role Known `json:"role,omitempty"`
	// RoleName is the name of the role, no secret.
	RoleName string  `json:"role_name,omitempty"`
	Elapsed  Elapsed `json:"elapsed_ms"`
}

// Present reports whether metadata answered as AWS's.
func (m Metadata) Present() bool { return m.Asked && m.Failure == nil && m.InstanceID != "" }
