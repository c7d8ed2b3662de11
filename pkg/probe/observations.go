package probe

import (
	"net/netip"
	"time"
)

// Observations is everything that one run saw: enough to judge the run again,
// later and elsewhere. It holds no credential, no token and no password.
type Observations struct {
	StartedAt time.Time `json:"started_at"`
	Duration  Elapsed   `json:"duration_ms"`
	Ending    Ending    `json:"ending"`
	// Pauses are times in which this process did not run: it was stopped or
	// got no processor time, or the machine was suspended. At most 32, each of
	// 250 ms at least. Paused is the sum of all, with the shorter ones. The
	// time of an attempt is without them; one that failed in them was made
	// anew, or is undecided.
	Pauses   []Pause  `json:"pauses,omitempty"`
	Paused   Elapsed  `json:"paused_ms,omitempty"`
	Plan     Plan     `json:"plan"`
	Node     Node     `json:"node"`
	Metadata Metadata `json:"metadata"`
	// System holds the answers of the system's own resolver, a host each,
	// in plan order.
	System []SystemLookup `json:"system_lookups"`
	// SystemNotAsked is why there are none: a file of the resolver's that
	// would keep it, or fill the memory. Empty: it was asked.
	SystemNotAsked string `json:"system_not_asked,omitempty"`
	// SystemHangs: it is one at which the agent's lookups wait as well.
	SystemHangs bool `json:"system_hangs,omitempty"`
	// Servers holds the answers of each nameserver asked by itself, in plan
	// order.
	Servers []ServerObservation `json:"servers"`
	// Targets are in plan order, those not tried too.
	Targets []TargetObservation `json:"targets"`
	// LargeHello is an experiment of every run whose agent sends the small
	// ClientHello, at one address: a handshake with the large one; where that
	// did not pass, the same once more and with small segments.
	LargeHello []Experiment `json:"large_hello,omitempty"`
	// Credentials are those of the signed calls, and Signed the calls, in
	// the plan's order, those not made too. Empty without `--signed`.
	Credentials Credentials  `json:"credentials,omitzero"`
	Signed      []SignedCall `json:"signed,omitempty"`
	// Ranges is what `--ip-ranges` tells of the addresses met.
	Ranges Ranges `json:"ranges,omitzero"`
}

// An Ending is how a run came to its end. The zero value is none.
type Ending string

const (
	// EndingComplete: everything planned was done.
	EndingComplete Ending = "complete"
	// EndingDeadline: the deadline passed first.
	EndingDeadline Ending = "deadline"
	// EndingInterrupted: a person ended it.
	EndingInterrupted Ending = "interrupted"
)

// A SystemLookup is what the system's own resolver said of a host: the hosts
// file, then the nameservers in their order, as the agent asks.
type SystemLookup struct {
	Host      string       `json:"host"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// Elapsed is how long the last try took.
	Elapsed Elapsed  `json:"elapsed_ms"`
	Failure *Failure `json:"failure,omitempty"`
	// First is why the first try failed, where the lookup was repeated because
	// every nameserver by itself gave an address; the rest is then of the last
	// try. Tries counts them all. nil, 0: it was not repeated.
	First *Failure `json:"first,omitempty"`
	Tries int      `json:"tries,omitempty"`
}

// A ServerObservation is one nameserver and every answer that it gave.
type ServerObservation struct {
	PlannedServer
	// Answers holds an A and an AAAA answer for each host, in plan order.
	Answers []Answer `json:"answers,omitempty"`
	// Witness is the answer to a question that any working server answers
	// (`com. NS`). nil: it was not asked, as nothing had failed.
	Witness *Answer `json:"witness,omitempty"`
	// OverTCP is the first host's question once more over TCP. nil: not
	// asked, as UDP had been answered.
	OverTCP *Answer `json:"over_tcp,omitempty"`
	// OverUDP is the same over UDP, where the system asks over TCP alone. nil:
	// not asked, as TCP had been answered.
	OverUDP *Answer `json:"over_udp,omitempty"`
	// Unchecked are the answers with checking disabled (CD) for names with
	// SERVFAIL, the first four, where the server answers for others.
	Unchecked []Answer `json:"unchecked,omitempty"`
	// Searched are the answers for a name completed by a domain of the search
	// list, asked where the system's lookup gave addresses that no nameserver
	// gives for the name itself.
	Searched []Answer `json:"searched,omitempty"`
	// Outside is the answer for a name of amazonaws.com that no target has
	// (`sts`), asked where every other name got no address. nil: not asked.
	Outside *Answer `json:"outside,omitempty"`
	// Route is why a UDP socket cannot be connected to the server (which
	// sends nothing): the routing table has no way. nil: it can.
	Route *Failure `json:"route,omitempty"`
	// Local is this node's address on the way to the server.
	Local netip.Addr `json:"local,omitzero"`
	// Bound is the answer of a server that is silent through a tunnel, by the
	// interface of the default route. nil: not asked.
	Bound *Answer `json:"bound,omitempty"`
	// NotAsked says why the server was not asked.
	NotAsked string `json:"not_asked,omitempty"`
}

// An Answer is what one nameserver said to one question.
type Answer struct {
	Name string `json:"name"`
	// Type is "A", "AAAA" or "NS".
	Type string `json:"type"`
	// Rcode is the response code by name ("NOERROR", "NXDOMAIN"). Empty: no
	// answer came.
	Rcode     string       `json:"rcode,omitempty"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// CNAMEs is the chain of names that led to the addresses, or round in a
	// circle.
	CNAMEs []string `json:"cnames,omitempty"`
	// ExtendedErrors are RFC 8914's, as "15 (Blocked): text".
	ExtendedErrors []string `json:"extended_errors,omitempty"`
	// Truncated is set where the answer over UDP was, so that the question
	// was asked again over TCP.
	Truncated bool `json:"truncated,omitempty"`
	// Transport is "udp" or "tcp": over which the answer came, or was last
	// waited for.
	Transport string `json:"transport,omitempty"`
	// Sent counts the packets that carried the question.
	Sent int `json:"sent,omitempty"`
	// Discarded says what came that was no answer (another id, another
	// name, garbage), each once.
	Discarded []string `json:"discarded,omitempty"`
	Elapsed   Elapsed  `json:"elapsed_ms"`
	// ICMP is the message that came for a connection to the server that failed
	// (Linux 5.18 and newer). nil: none, not known, or the question went over
	// UDP: what this node's own packet filter rejects there gives EPERM as well.
	ICMP *ICMPMessage `json:"icmp,omitempty"`
	// Failure is set for every answer that gives no address to an A or AAAA
	// question, and for a witness without NOERROR.
	Failure *Failure `json:"failure,omitempty"`
}

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

// A Connect is one TCP connection.
type Connect struct {
	// Local is this node's address on the connection. Where it failed: the
	// one that the routing table would have chosen, if it could be told.
	Local   netip.Addr `json:"local,omitzero"`
	Elapsed Elapsed    `json:"elapsed_ms"`
	Failure *Failure   `json:"failure,omitempty"`
	// ICMP is the message that came for a connection that failed (Linux 5.18
	// and newer). nil: none, or not known.
	ICMP *ICMPMessage `json:"icmp,omitempty"`
}

// A Handshake is one TLS handshake, and what the certificates say. They are
// recorded whether or not they verify.
type Handshake struct {
	// Large: the ClientHello was the large one, with a post-quantum key share
	// (about 1.5 kB); otherwise about 0.3 kB. With ExperimentWideHello: the
	// agent's is.
	Large   bool   `json:"large_hello,omitempty"`
	Version string `json:"version,omitempty"`
	Cipher  string `json:"cipher,omitempty"`
	// Group is the key exchange, by its name in IANA's registry. Empty: none
	// was agreed on, or the version of TLS has none.
	Group   string  `json:"group,omitempty"`
	Elapsed Elapsed `json:"elapsed_ms"`
	// Certificates are as sent, the server's own first, at most ten.
	Certificates []Certificate `json:"certificates,omitempty"`
	// NameMatches: the server's certificate is for the host.
	NameMatches bool `json:"name_matches"`
	// InTime: by this node's clock, every certificate is within its time.
	InTime bool `json:"in_time"`
	// Trusted: the chain leads to a root of this node's trust store, the
	// dates left aside.
	Trusted bool `json:"trusted"`
	// Verified: all three, as crypto/tls and so the agent want it.
	Verified bool `json:"verified"`
	// VerifyText is the error of the verification, for a person.
	VerifyText string `json:"verify_text,omitempty"`
	// VerifyFailure is why the trust store was not asked to the end: Trusted
	// and Verified then say nothing. nil: it was.
	VerifyFailure *Failure `json:"verify_failure,omitempty"`
	Failure       *Failure `json:"failure,omitempty"`
	// Alert is the number of the TLS alert with which the other side ended the
	// handshake. 0: by none.
	Alert int `json:"alert,omitempty"`
	// RetryGroup is the key exchange that the server asked for by a
	// HelloRetryRequest before the handshake failed. Empty: it did not.
	RetryGroup string `json:"retry_group,omitempty"`
	// FirstBytes are what came in place of TLS, at most 64 bytes, quoted.
	FirstBytes string `json:"first_bytes,omitempty"`
}

// A Certificate is what matters of one.
type Certificate struct {
	Subject    string   `json:"subject"`
	Issuer     string   `json:"issuer"`
	IssuerOrgs []string `json:"issuer_organizations,omitempty"`
	// Names are the host names it is for, at most twenty.
	Names     []string  `json:"names,omitempty"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"`
}

// A Reply is one unsigned HTTP request and its answer.
type Reply struct {
	// Request is the method and the path: "GET /".
	Request string  `json:"request"`
	Elapsed Elapsed `json:"elapsed_ms"`
	// Status is the answer's. A SOCKS5 proxy has none: it is the one with
	// which an HTTP proxy says the same, and Socks is what it said.
	Status int    `json:"status,omitempty"`
	Socks  string `json:"socks,omitempty"`
	// RequestID is the value of x-amzn-RequestId or x-amz-request-id: only
	// AWS gives one.
	RequestID string `json:"request_id,omitempty"`
	// ProxyAuthenticate are the schemes that a proxy offers with its 407, by
	// their registered names, or "another". Empty: none, or it was no 407.
	ProxyAuthenticate []string `json:"proxy_authenticate,omitempty"`

	Server      string `json:"server,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// BucketRegion is x-amz-bucket-region.
	BucketRegion string `json:"bucket_region,omitempty"`
	// Location is where a redirect points; it is never followed.
	Location string `json:"location,omitempty"`
	// ErrorCode and ErrorMessage are of an error document of S3 or of an
	// API.
	ErrorCode    string `json:"error_code,omitempty"`
	ErrorMessage string `json:"error_message,omitempty"`
	// Body is the beginning of the body, at most 256 bytes.
	Body string `json:"body,omitempty"`
	// Date is the answer's Date header, and At this node's clock when the
	// answer came. Zero: no usable header.
	Date    time.Time `json:"date,omitzero"`
	At      time.Time `json:"at,omitzero"`
	Failure *Failure  `json:"failure,omitempty"`
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
