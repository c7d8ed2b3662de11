package observation

import "net/netip"

// A SystemLookup is what the system's own resolver returned for a host: the
// hosts file, then the nameservers in their order, as the agent queries them.
type SystemLookup struct {
	Host      string       `json:"host"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// Elapsed is how long the last try took.
	Elapsed Elapsed  `json:"elapsed_ms"`
	Failure *Failure `json:"failure,omitempty"`
	// First is why the first try failed, if the lookup was repeated because every
	// nameserver, queried individually, returned an address; the rest is then about
	// the last try. Tries counts them all. nil, 0: it was not repeated.
	First *Failure `json:"first,omitempty"`
	Tries int      `json:"tries,omitempty"`
}

// A ServerObservation is one nameserver with all its answers.
type ServerObservation struct {
	PlannedServer
	// Answers holds an A and an AAAA answer for each host, in plan order.
	Answers []Answer `json:"answers,omitempty"`
	// ControlQuery is the answer to a query that any working server answers
	// (`com. NS`). nil: it was not sent, as nothing had failed.
	ControlQuery *Answer `json:"witness,omitempty"`
	// OverTCP is the first host's query, repeated over TCP. nil: not sent, as
	// UDP had been answered.
	OverTCP *Answer `json:"over_tcp,omitempty"`
	// OverUDP is the same over UDP, if the system uses only TCP. nil: not sent,
	// as TCP had been answered.
	OverUDP *Answer `json:"over_udp,omitempty"`
	// Unchecked are the answers with checking disabled (CD) for the first four
	// names with SERVFAIL, if the server answers for others.
	Unchecked []Answer `json:"unchecked,omitempty"`
	// Searched are the answers for a name completed by a domain of the search
	// list, queried if the system's lookup returned addresses that no
	// nameserver returns for the name itself.
	Searched []Answer `json:"searched,omitempty"`
	// ControlHost is the answer for a name of amazonaws.com that no target has
	// (`sts`), queried if no other name got an address. nil: not queried.
	ControlHost *Answer `json:"outside,omitempty"`
	// Route is why a UDP socket cannot be connected to the server (which sends
	// nothing): the routing table has no route. nil: it can.
	Route *Failure `json:"route,omitempty"`
	// Local is this node's address on the path to the server.
	Local netip.Addr `json:"local,omitzero"`
	// Bound is the answer of a server that is silent through a tunnel, through
	// the interface of the default route. nil: not queried.
	Bound *Answer `json:"bound,omitempty"`
	// NotAsked says why the server was not queried.
	NotAsked string `json:"not_asked,omitempty"`
}

// An Answer is what one nameserver answered to one query.
type Answer struct {
	Name string `json:"name"`
	// Type is "A", "AAAA" or "NS".
	Type string `json:"type"`
	// Rcode is the response code by name ("NOERROR", "NXDOMAIN"). Empty: no
	// answer came.
	Rcode     string       `json:"rcode,omitempty"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// CNAMEs is the chain of names that led to the addresses, or in a circle.
	CNAMEs []string `json:"cnames,omitempty"`
	// ExtendedErrors are RFC 8914's, as "15 (Blocked): text".
	ExtendedErrors []string `json:"extended_errors,omitempty"`
	// Truncated: the answer over UDP was truncated, so the query was repeated
	// over TCP.
	Truncated bool `json:"truncated,omitempty"`
	// Transport is "udp" or "tcp": over which the answer came, or was last
	// awaited.
	Transport string `json:"transport,omitempty"`
	// Sent counts the packets that carried the query.
	Sent int `json:"sent,omitempty"`
	// Discarded says what arrived that did not answer the query (another id,
	// another name, garbage), each once.
	Discarded []string `json:"discarded,omitempty"`
	Elapsed   Elapsed  `json:"elapsed_ms"`
	// ICMP is the message that came for a failed connection to the server
	// (Linux 5.18 and newer). nil: none, unknown, or the query went over UDP:
	// what this node's own packet filter rejects there also gives EPERM.
	ICMP *ICMPMessage `json:"icmp,omitempty"`
	// Failure is set for every answer that returns no address to an A or AAAA
	// query, and for a control query without NOERROR.
	Failure *Failure `json:"failure,omitempty"`
}
