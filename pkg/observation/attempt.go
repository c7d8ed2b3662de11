package observation

import (
	"net/netip"
	"time"
)

// An ICMPMessage is a message that ended a connection attempt.
type ICMPMessage struct {
	// From is who sent it: a router, a firewall, the destination, or this node.
	From netip.Addr `json:"from"`
	// Type and Code are ICMP's if From is an IPv4 address, otherwise ICMPv6's.
	Type int `json:"type"`
	Code int `json:"code"`
}

// A Connect is one TCP connection.
type Connect struct {
	// Local is this node's address on the connection. If that failed: the one
	// that the routing table would have chosen, if known.
	Local   netip.Addr `json:"local,omitzero"`
	Elapsed Elapsed    `json:"elapsed_ms"`
	Failure *Failure   `json:"failure,omitempty"`
	// ICMP is the message that came for a connection that failed (Linux 5.18
	// and newer). nil: none, or not known.
	ICMP *ICMPMessage `json:"icmp,omitempty"`
}

// A Reply is one unsigned HTTP request and its answer.
type Reply struct {
	// Request is the method and the path: "GET /".
	Request string  `json:"request"`
	Elapsed Elapsed `json:"elapsed_ms"`
	// Status is the answer's. A SOCKS5 proxy sends none: it is then what an HTTP proxy
	// would send, and Socks is the proxy's reply.
	Status int    `json:"status,omitempty"`
	Socks  string `json:"socks,omitempty"`
	// RequestID is the value of x-amzn-RequestId or x-amz-request-id, which only AWS
	// sends.
	RequestID string `json:"request_id,omitempty"`
	// ProxyAuthenticate are the schemes that a proxy offers in its 407, by their
	// registered names, or "another". Empty: none, or the answer is not a 407.
	ProxyAuthenticate []string `json:"proxy_authenticate,omitempty"`

	Server      string `json:"server,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// BucketRegion is x-amz-bucket-region.
	BucketRegion string `json:"bucket_region,omitempty"`
	// Location is where a redirect points; it is never followed.
	Location string `json:"location,omitempty"`
	// ErrorCode and ErrorMessage are from an error document of S3 or an API.
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
