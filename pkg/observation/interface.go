package observation

import "net/netip"

// An Interface is a network interface of the node that has an address.
type Interface struct {
	Name string `json:"name"`
	// Kind is what the system says that it is. Empty: a network card, or not known.
	Kind      InterfaceKind  `json:"kind,omitempty"`
	Addresses []netip.Prefix `json:"addresses,omitempty"`
	// DefaultIPv4 and DefaultIPv6: the main routing table has a default route by it.
	DefaultIPv4 bool `json:"default_ipv4,omitempty"`
	DefaultIPv6 bool `json:"default_ipv6,omitempty"`
	// Uplink: a network card, a VLAN or a bond is a port of the bridge, which
	// so leads out of this node.
	Uplink bool `json:"uplink,omitempty"`
}

// An InterfaceKind is what kind of interface one is.
type InterfaceKind string

// The kinds that are told apart.
const (
	InterfaceBridge    InterfaceKind = "bridge"
	InterfaceTUN       InterfaceKind = "tun"
	InterfaceTAP       InterfaceKind = "tap"
	InterfaceWireGuard InterfaceKind = "wireguard"
	InterfacePPP       InterfaceKind = "ppp"
	// InterfaceTunnel: IP in IP, GRE, IPsec and the like.
	InterfaceTunnel InterfaceKind = "tunnel"
	// InterfaceVeth is one end of a pair: a container's.
	InterfaceVeth InterfaceKind = "veth"
)

// Tunnels reports whether what leaves by the interface goes through a tunnel.
func (k InterfaceKind) Tunnels() bool {
	switch k {
	case InterfaceTUN, InterfaceTAP, InterfaceWireGuard, InterfacePPP, InterfaceTunnel:
		return true
	}
	return false
}
