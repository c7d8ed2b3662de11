package observation

import "net/netip"

// A TargetObservation is what was seen of one target.
type TargetObservation struct {
	// Name is the name of the planned target.
	Name string `json:"name"`
	// Addresses are those that a configured nameserver or the system gave,
	// sorted. Each was tried, unless its Climb has no Connect.
	Addresses []AddressObservation `json:"addresses,omitempty"`
	// Connections are further public addresses of a required target, sorted: a
	// connection was made to each, and closed. Those are enough to tell which
	// of them a firewall does not know.
	Connections []AddressObservation `json:"connections,omitempty"`
	// Untried are addresses to which nothing was sent: of an optional target,
	// or beyond the sixteenth.
	Untried []netip.Addr `json:"untried,omitempty"`
	// Proxy is the way through the proxy, nil for a direct target. Addresses
	// then are the direct way beside it, as far as it got before the proxy
	// had served.
	Proxy *ProxyObservation `json:"proxy,omitempty"`
	// ShellProxy is, for a direct target, the way through the proxy that
	// ssmcheck's own environment names. nil: it names none, or the direct
	// way was enough before it had ended.
	ShellProxy *ProxyObservation `json:"shell_proxy,omitempty"`
	// UnusedProxy is, for a required direct target that AWS did not serve, the
	// path through the plan's UnusedProxy of the target. nil: it was not tried.
	UnusedProxy *ProxyObservation `json:"unused_proxy,omitempty"`
	// NotWaitedFor: the target is optional, and something was still open there
	// when everything required was settled, or the deadline passed.
	NotWaitedFor bool `json:"not_waited_for,omitempty"`
	// NotTried says why the target was not looked at.
	NotTried string `json:"not_tried,omitempty"`
}

// An AddressObservation is one address of a target and how far the ladder
// could be climbed there.
type AddressObservation struct {
	Address netip.Addr `json:"address"`
	Class   Class      `json:"class"`
	// From names who gave the address: "system", "hosts", or a nameserver.
	From []string `json:"from"`
	Climb
	// WebSocket is the upgrade, on a connection of its own.
	WebSocket *WebSocket `json:"websocket,omitempty"`
	// Experiments were made because something failed here.
	Experiments []Experiment `json:"experiments,omitempty"`
}

// A Climb is one way up the ladder: a connection, a handshake on it, a reply.
// A rung that is nil was not tried, as the one below it failed.
type Climb struct {
	Connect   *Connect   `json:"connect,omitempty"`
	Handshake *Handshake `json:"handshake,omitempty"`
	Reply     *Reply     `json:"reply,omitempty"`
}

// Failure is why the climb ended early, nil where its last rung was reached.
// A certificate that does not verify is no failure of the handshake.
func (c Climb) Failure() *Failure {
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
	Climb
	// Upgraded: the answer was 101.
	Upgraded bool `json:"upgraded,omitempty"`
	// Experiments holds the repeat, if it failed.
	Experiments []Experiment `json:"experiments,omitempty"`
}

// A ProxyObservation is the way to one target through the proxy: the proxy's
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
	// Inside is the ladder inside the tunnel; its Connect is nil.
	Inside    Climb      `json:"inside"`
	WebSocket *WebSocket `json:"websocket,omitempty"`
}

// Failure is why the way through the proxy ended early, nil where the last
// rung was reached.
func (p *ProxyObservation) Failure() *Failure {
	switch {
	case p.Connect != nil && p.Connect.Failure != nil:
		return p.Connect.Failure
	case p.Tunnel != nil && p.Tunnel.Failure != nil:
		return p.Tunnel.Failure
	}
	return p.Inside.Failure()
}

// Tried reports whether there is anything to try: a target that does not
// apply, or whose name nobody knows, has nothing.
func (t PlannedTarget) Tried() bool {
	return t.NotApplicable == "" && t.NotDocumented == "" && t.Host != ""
}
