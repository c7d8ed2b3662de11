package observation

import "net/netip"

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
