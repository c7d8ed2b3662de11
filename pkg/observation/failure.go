package observation

import "slices"

// An Op is what was being done when an attempt failed.
type Op string

// The stages of an attempt, and what surrounds them.
const (
	OpRead      Op = "read"      // a file of the node
	OpLookup    Op = "lookup"    // a DNS question
	OpConnect   Op = "connect"   // a TCP connection
	OpProxy     Op = "proxy"     // a CONNECT request to a proxy
	OpHandshake Op = "handshake" // a TLS handshake
	OpReply     Op = "reply"     // an HTTP request and its answer
	OpUpgrade   Op = "upgrade"   // a WebSocket upgrade
	OpMetadata  Op = "metadata"  // a call to instance metadata
)

// A Kind is why an attempt did not succeed. The list is closed; the zero
// value is no kind.
type Kind string

const (
	// KindTimeout: no answer within the time for one attempt.
	KindTimeout Kind = "timeout"
	// KindUndecided: the run ended before the attempt was old enough to
	// count as timed out.
	KindUndecided Kind = "undecided"
	// KindInterrupted: the user ended the run.
	KindInterrupted Kind = "interrupted"

	// KindConnectionRefused: the connection was answered with a reset, or a datagram
	// with ICMP port unreachable (ECONNREFUSED).
	KindConnectionRefused Kind = "refused"
	// KindReset: an open connection was reset (ECONNRESET, EPIPE).
	KindReset Kind = "reset"
	// KindClosed: the peer closed the connection before it answered (EOF).
	KindClosed Kind = "closed"
	// KindNoRoute: the routing table has no route (ENETUNREACH).
	KindNoRoute Kind = "no-route"
	// KindHostUnreachable: EHOSTUNREACH: a route that says so, an ICMP
	// message, or no neighbour.
	KindHostUnreachable Kind = "host-unreachable"
	// KindProhibited: EACCES: a prohibiting route, or an ICMP message that
	// says so.
	KindProhibited Kind = "prohibited"
	// KindInvalid: EINVAL at once: a route that drops (`blackhole`).
	KindInvalid Kind = "invalid"
	// KindNotPermitted: EPERM: a packet filter of this node.
	KindNotPermitted Kind = "not-permitted"
	// KindNoFamily: this node does not have the address family
	// (EAFNOSUPPORT, EADDRNOTAVAIL).
	KindNoFamily Kind = "no-family"
	// KindNoResources: the node ran out of something (EMFILE, ENOBUFS).
	KindNoResources Kind = "no-resources"

	// KindNXDomain: the server says that the name does not exist.
	KindNXDomain Kind = "nxdomain"
	// KindNoAddress: an answer with no address in it.
	KindNoAddress Kind = "no-address"
	// KindServFail: SERVFAIL.
	KindServFail Kind = "servfail"
	// KindDNSRefused: REFUSED, NOTIMP or FORMERR; the answer's Rcode says which.
	KindDNSRefused Kind = "refuses"
	// KindMalformed: bytes came that do not answer the query.
	KindMalformed Kind = "malformed"

	// KindNotTLS: what answered is not TLS.
	KindNotTLS Kind = "not-tls"
	// KindTLSVersion: no version of TLS in common.
	KindTLSVersion Kind = "tls-version"
	// KindTLSAlert: the peer ended the handshake with an alert.
	KindTLSAlert Kind = "tls-alert"
	// KindTooLarge: more came than is read.
	KindTooLarge Kind = "too-large"

	// KindStatus: the answer's status means failure.
	KindStatus Kind = "status"
	// KindAbsent: the file does not exist.
	KindAbsent Kind = "absent"
	// KindUnreadable: the file exists, or may exist, and could not be read (EIO, ELOOP):
	// its content is unknown.
	KindUnreadable Kind = "unreadable"
	// KindDenied: this user may not read the file.
	KindDenied Kind = "denied"
	// KindSyntax: the file cannot be parsed.
	KindSyntax Kind = "syntax"
	// KindOther: none of the above; Text is the system's error. For a file: it is a
	// directory, a device or a FIFO.
	KindOther Kind = "other"
)

// A Failure is why an attempt did not succeed.
type Failure struct {
	Op   Op   `json:"op"`
	Kind Kind `json:"kind"`
	// Text is the underlying error, for people. Nothing is decided by it.
	Text string `json:"text,omitempty"`
}

// Error is the failure in words.
func (f *Failure) Error() string {
	if f.Text == "" {
		return string(f.Op) + ": " + string(f.Kind)
	}
	return string(f.Op) + ": " + f.Text
}

// Of reports whether f is of one of the kinds. A nil failure is of none.
// Inlined into its hundreds of callers, it would make the program 60 kB larger.
//
//go:noinline
func (f *Failure) Of(kinds ...Kind) bool {
	return f != nil && slices.Contains(kinds, f.Kind)
}
