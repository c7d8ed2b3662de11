package observation

import "time"

// Observations is everything that one run saw: enough to judge the run again,
// later and elsewhere. It holds no credential, no token and no password.
type Observations struct {
	StartedAt time.Time `json:"started_at"`
	Duration  Elapsed   `json:"duration_ms"`
	Ending    Ending    `json:"ending"`
	// Pauses are times in which this process did not run: it was stopped or got
	// no processor time, or the machine was suspended. At most 32, each of at
	// least 250 ms. Paused is the sum of all, including the shorter ones. The
	// time of an attempt does not include them; an attempt that failed in one
	// was repeated, or is undecided.
	Pauses   []Pause  `json:"pauses,omitempty"`
	Paused   Elapsed  `json:"paused_ms,omitempty"`
	Plan     Plan     `json:"plan"`
	Node     Node     `json:"node"`
	Metadata Metadata `json:"metadata"`
	// System has the answers of the system's own resolver, one per host, in plan order.
	System []SystemLookup `json:"system_lookups"`
	// SystemNotAsked is why there are none: one of the resolver's files would block it or
	// exhaust the memory. Empty: it was queried.
	SystemNotAsked string `json:"system_not_asked,omitempty"`
	// SystemHangs: the agent's lookups hang at that file too.
	SystemHangs bool `json:"system_hangs,omitempty"`
	// Servers holds the answers of each nameserver queried individually, in
	// plan order.
	Servers []ServerObservation `json:"servers"`
	// Targets are in plan order, including those not tried.
	Targets []TargetObservation `json:"targets"`
	// LargeHello is an experiment at one address, if the agent sends the small
	// ClientHello: a handshake with the large one and, if that fails, a repeat and
	// another one with small segments.
	LargeHello []Experiment `json:"large_hello,omitempty"`
	// Credentials are those for the signed calls, and Signed the calls, in plan order,
	// including those not made. Empty without `--signed`.
	Credentials Credentials  `json:"credentials,omitzero"`
	Signed      []SignedCall `json:"signed,omitempty"`
	// Ranges is what `--ip-ranges` says about the addresses seen.
	Ranges Ranges `json:"ranges,omitzero"`
}

// An Ending is how a run ended. The zero value is invalid.
type Ending string

const (
	// EndingComplete: everything planned was done.
	EndingComplete Ending = "complete"
	// EndingDeadline: the deadline passed first.
	EndingDeadline Ending = "deadline"
	// EndingInterrupted: the user ended it.
	EndingInterrupted Ending = "interrupted"
)

// A Pause is a period in which this process did not run.
type Pause struct {
	// At is when it last ran before, by this node's clock.
	At  time.Time `json:"at"`
	For Elapsed   `json:"for_ms"`
}
