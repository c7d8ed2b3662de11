package observation

import "net/netip"

// Metadata is what instance metadata (IMDSv2) says of the node.
type Metadata struct {
	// Asked: a call was made. Else Reason says why not.
	Asked  bool   `json:"asked"`
	Reason string `json:"reason,omitempty"`
	// Connected: something accepted the connection to 169.254.169.254:80.
	Connected bool `json:"connected,omitempty"`
	// Status is the HTTP status of the token call, 0 where no answer came.
	Status int `json:"status,omitempty"`
	// Foreign is the beginning of an answer that is not metadata's (a
	// box's page). Empty: none.
	Foreign string `json:"foreign,omitempty"`
	// Failure is why there is no metadata. nil: there is.
	Failure          *Failure       `json:"failure,omitempty"`
	InstanceID       string         `json:"instance_id,omitempty"`
	Region           string         `json:"region,omitempty"`
	AvailabilityZone string         `json:"availability_zone,omitempty"`
	LocalIPv4        netip.Addr     `json:"local_ipv4,omitzero"`
	VPCID            string         `json:"vpc_id,omitempty"`
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
