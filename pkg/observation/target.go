package observation

import "net/netip"

// A TargetObservation is what was observed of one target.
type TargetObservation struct {
	// Name is the name of the planned target.
	Name string `json:"name"`
	// Addresses are those that a configured nameserver or the system returned,
	// sorted. Each was tried, unless its Stages have no Connect.
	Addresses []AddressObservation `json:"addresses,omitempty"`
	// Connections are further public addresses of a required target, sorted: a
	// connection was made to each, and closed. That is enough to find out which
	// of them a firewall does not allow.
	Connections []AddressObservation `json:"connections,omitempty"`
	// Untried are addresses to which nothing was sent: of an optional target,
	// or beyond the sixteenth.
	Untried []netip.Addr `json:"untried,omitempty"`
	// Proxy is the path through the proxy, nil for a direct target. Addresses
	// are then the direct path, as far as it got before the proxy had answered.
	Proxy *ProxyObservation `json:"proxy,omitempty"`
	// ShellProxy is, for a direct target, the path through the proxy that
	// ssmcheck's own environment names. nil: it names none, or the direct path
	// succeeded first.
	ShellProxy *ProxyObservation `json:"shell_proxy,omitempty"`
	// UnusedProxy is, for a required direct target that AWS did not serve, the
	// path through the plan's UnusedProxy of the target. nil: it was not tried.
	UnusedProxy *ProxyObservation `json:"unused_proxy,omitempty"`
	// NotWaitedFor: the target is optional, and its probes were still running
	// when everything required was settled, or the deadline passed.
	NotWaitedFor bool `json:"not_waited_for,omitempty"`
	// NotTried says why the target was not probed.
	NotTried string `json:"not_tried,omitempty"`
}

// An AddressObservation is one address of a target and the stages that were
// reached there.
type AddressObservation struct {
	Address netip.Addr `json:"address"`
	Class   Class      `json:"class"`
	// From names what returned the address: "system", "hosts", or a nameserver.
	From []string `json:"from"`
	Stages
	// WebSocket is the upgrade, on a connection of its own.
	WebSocket *WebSocket `json:"websocket,omitempty"`
	// Experiments were made because something failed here.
	Experiments []Experiment `json:"experiments,omitempty"`
}

// Stages are those of one attempt: a connection, a TLS handshake on it, a
// reply. A stage that is nil was not tried, as the one before it failed.
type Stages struct {
	Connect   *Connect   `json:"connect,omitempty"`
	Handshake *Handshake `json:"handshake,omitempty"`
	Reply     *Reply     `json:"reply,omitempty"`
}

// Failure is why the attempt ended early, or nil if it reached its last stage.
// A certificate that does not verify is not a failure of the handshake.
func (c Stages) Failure() *Failure {
	switch {
	case c.Connect != nil && c.Connect.Failure != nil:
		return c.Connect.Failure
	case c.Handshake != nil && c.Handshake.Failure != nil:
		return c.Handshake.Failure
	case c.Reply != nil:
		return c.Reply.Failure
	}
	return nil
}

// A WebSocket is one unsigned upgrade request on a connection of its own.
type WebSocket struct {
	Stages
	// Upgraded: the answer was 101.
	Upgraded bool `json:"upgraded,omitempty"`
	// Experiments holds the repeat, if it failed.
	Experiments []Experiment `json:"experiments,omitempty"`
}

// A ProxyObservation is the path to one target through the proxy: the proxy's
// name, the connection to it, the CONNECT request, then TLS and HTTP inside.
type ProxyObservation struct {
	// URL is the proxy's, without its password.
	URL    string        `json:"url"`
	Lookup *SystemLookup `json:"lookup,omitempty"`
	// Address is the one that was connected to.
	Address netip.AddrPort `json:"address,omitzero"`
	// Connect is the connection to the proxy.
	Connect *Connect `json:"connect,omitempty"`
	// Experiments were made because a stage failed: what this node itself
	// does with packets for the proxy, and the repeat.
	Experiments []Experiment `json:"experiments,omitempty"`
	// Tunnel is the CONNECT request and its answer.
	Tunnel *Reply `json:"tunnel,omitempty"`
	// Inside holds the stages inside the tunnel; its Connect is nil.
	Inside    Stages     `json:"inside"`
	WebSocket *WebSocket `json:"websocket,omitempty"`
}

// Failure is why the path through the proxy ended early, or nil if it reached
// the last stage.
func (p *ProxyObservation) Failure() *Failure {
	switch {
	case p.Connect != nil && p.Connect.Failure != nil:
		return p.Connect.Failure
	case p.Tunnel != nil && p.Tunnel.Failure != nil:
		return p.Tunnel.Failure
	}
	return p.Inside.Failure()
}

// Tried reports whether there is anything to try: not if the target does not
// apply, or if its name is not known.
func (t PlannedTarget) Tried() bool {
	return t.NotApplicable == "" && t.NotDocumented == "" && t.Host != ""
}
