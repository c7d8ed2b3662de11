package probe

import (
	"net/netip"
)

// An ICMPMessage is one that ended a connection attempt.
type ICMPMessage struct {
	// From is who sent it: a router, a firewall, the destination, or this node.
	From netip.Addr `json:"from"`
	// Type and Code are ICMP's where From is an IPv4 address, ICMPv6's otherwise.
	Type int `json:"type"`
	Code int `json:"code"`
}

// An icmpError is a failed connection with the message that was in the error
// queue of its socket.
type icmpError struct {
	error
	message ICMPMessage
}

func (e *icmpError) Unwrap() error { return e.error }
