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
	// System holds the answers of the system's own resolver, a host each,
	// in plan order.
	System []SystemLookup `json:"system_lookups"`
	// SystemNotAsked is why there are none: a file of the resolver's that would
	// block it, or fill the memory. Empty: it was queried.
	SystemNotAsked string `json:"system_not_asked,omitempty"`
	// SystemHangs: it is a file at which the agent's lookups hang too.
	SystemHangs bool `json:"system_hangs,omitempty"`
	// Servers holds the answers of each nameserver queried individually, in
	// plan order.
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
	// Ranges is what `--ip-ranges` says about the addresses seen.
	Ranges Ranges `json:"ranges,omitzero"`
}

// An Ending is how a run ended. The zero value is none.
type Ending string

const (
	// EndingComplete: everything planned was done.
	EndingComplete Ending = "complete"
	// EndingDeadline: the deadline passed first.
	EndingDeadline Ending = "deadline"
	// EndingInterrupted: the user ended it.
	EndingInterrupted Ending = "interrupted"
)

// A Pause is a time in which this process did not run.
type Pause struct {
	// At is this node's clock when it last ran before.
	At  time.Time `json:"at"`
	For Elapsed   `json:"for_ms"`
}
