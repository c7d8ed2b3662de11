package observation

import "net/netip"

// An Experiment is what a network engineer would try next, in addition to a
// repeat of the unchanged attempt.
type Experiment struct {
	Kind ExperimentKind `json:"kind"`
	// Target and Address say where, for the experiment of every run.
	Target  string     `json:"target,omitempty"`
	Address netip.Addr `json:"address,omitzero"`
	// ServerName is the host name that the handshake named, if another.
	ServerName string `json:"server_name,omitempty"`
	// StandsIn: it is unknown which of the two the agent does, so this attempt,
	// if it passes, counts instead of the one that failed.
	StandsIn bool `json:"stands_in,omitempty"`
	// Result holds the stages of the changed attempt.
	Result Stages `json:"result"`
	// Proxy is, for a repeat through a proxy, what came before the handshake
	// inside; the Connect of Result is then the connection to the proxy.
	Proxy *ProxyOpening `json:"proxy,omitempty"`
	// Text is what was observed, if the stages do not say it.
	Text string `json:"text,omitempty"`
	// NotMade says why the experiment could not be made here.
	NotMade string `json:"not_made,omitempty"`
}

// A ProxyOpening is how a repeat got through the proxy.
type ProxyOpening struct {
	// Lookup is of the proxy's name. nil: it was not repeated.
	Lookup *SystemLookup `json:"lookup,omitempty"`
	// Address is the one that was connected to.
	Address netip.AddrPort `json:"address,omitzero"`
	// Tunnel is the CONNECT request and its answer. nil: it was not sent.
	Tunnel *Reply `json:"tunnel,omitempty"`
}

// An ExperimentKind is what was changed.
type ExperimentKind string

const (
	// ExperimentRepeat changes nothing: it distinguishes a lost packet from a
	// rule.
	ExperimentRepeat ExperimentKind = "repeat"
	// ExperimentNoServerName leaves the host name out of the handshake.
	ExperimentNoServerName ExperimentKind = "no-server-name"
	// ExperimentOtherServerName names another target that works.
	ExperimentOtherServerName ExperimentKind = "other-server-name"
	// ExperimentSmallSegments keeps the connection's segments small
	// (TCP_MAXSEG 536, Linux).
	ExperimentSmallSegments ExperimentKind = "small-segments"
	// ExperimentSmallHello sends the small ClientHello if the large one failed.
	ExperimentSmallHello ExperimentKind = "small-hello"
	// ExperimentLargeHello sends the large, post-quantum ClientHello.
	ExperimentLargeHello ExperimentKind = "large-hello"
	// ExperimentLargeHelloSmallSegments does both.
	ExperimentLargeHelloSmallSegments ExperimentKind = "large-hello-small-segments"
	// ExperimentOldTLS also offers TLS 1.0 and 1.1.
	ExperimentOldTLS ExperimentKind = "old-tls"
	// ExperimentWideHello offers every key exchange and cipher suite that this
	// program has.
	ExperimentWideHello ExperimentKind = "wide-hello"
	// ExperimentFirstBytes reads what the server says unasked.
	ExperimentFirstBytes ExperimentKind = "first-bytes"
	// ExperimentDefaultInterface uses the interface of the default route
	// instead of the tunnel that the routing table prefers (SO_BINDTODEVICE,
	// Linux). Text names it.
	ExperimentDefaultInterface ExperimentKind = "default-interface"
	// ExperimentUDPConnect connects a UDP socket, which sends nothing: its
	// failure is the routing table's.
	ExperimentUDPConnect ExperimentKind = "udp-connect"
	// ExperimentUDPSend sends one empty datagram to the same address and
	// port: EPERM is this node's own packet filter.
	ExperimentUDPSend ExperimentKind = "udp-send"
)
