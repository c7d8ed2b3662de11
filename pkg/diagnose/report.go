package diagnose

import (
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A Code names one cause. The codes are those of the contract; they are
// stable.
type Code string

// A Severity is how much a finding matters. The zero value is none.
type Severity string

// The severities, by weight.
const (
	// Error: a capability asked for cannot work because of it.
	Error Severity = "error"
	// Warning: it works all the same, or it is not known.
	Warning Severity = "warning"
	// Info: nothing that was asked for depends on it.
	Info Severity = "info"
)

// A Verdict is the judgement of a target, a capability or a run. The zero
// value is unknown, and never a pass.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
	// Skip: it does not apply here, or it was not looked at; Reason says why.
	Skip Verdict = "skip"
)

// A Report is a judged run.
type Report struct {
	Verdict Verdict `json:"verdict"`
	// Undecided: the deadline or a person ended the run before a capability
	// asked for could be decided, and no cause was found.
	Undecided bool `json:"undecided,omitempty"`
	// Interrupted: a person ended the run.
	Interrupted bool `json:"interrupted,omitempty"`
	Node        Node `json:"node"`
	// Expect is "private" or "public": what --expect asked for, or what
	// `auto` came to.
	Expect observation.Expect `json:"expect"`
	// ExpectFrom says how it came to that.
	ExpectFrom   string             `json:"expect_from"`
	Capabilities []CapabilityReport `json:"capabilities"`
	Targets      []TargetReport     `json:"targets"`
	// Findings are sorted: errors first, then by how many targets each
	// explains. Never nil.
	Findings []Finding `json:"findings"`
	// Notes say what was not checked and why, and what is normal though it
	// may look odd. They are no findings.
	Notes []string `json:"notes,omitempty"`
}

// A Node is what a report says of the node.
type Node struct {
	Kind       observation.NodeKind `json:"kind"`
	Region     string               `json:"region"`
	RegionFrom string               `json:"region_from,omitempty"`
	Partition  string               `json:"partition"`
	InstanceID string               `json:"instance_id,omitempty"`
}

// A CapabilityReport is the judgement of one capability asked for.
type CapabilityReport struct {
	Name    endpoint.Capability `json:"name"`
	Verdict Verdict             `json:"verdict"`
	// Because names the causes of a verdict that is no pass.
	Because []Code `json:"because,omitempty"`
	// Reason is the verdict in words, where no cause says it.
	Reason string `json:"reason,omitempty"`
}

// NotWaitedFor is the Reason of an optional target whose answer was still out when
// everything required was settled.
const NotWaitedFor = "no answer yet, not waited for"

// A TargetReport is the judgement of one target.
type TargetReport struct {
	Name    string  `json:"name"`
	Host    string  `json:"host"`
	Port    uint16  `json:"port"`
	Asked   bool    `json:"asked"`
	Verdict Verdict `json:"verdict"`
	// Reason says what was not checked, and why.
	Reason string `json:"reason,omitempty"`
	// Breaks says what does not work while the node does not reach an optional
	// target. It begins with "if unreachable:" where that is not known. Empty: the
	// target works, or it is required.
	Breaks string `json:"breaks,omitempty"`
	// Because names the causes that concern the target.
	Because []Code `json:"because,omitempty"`
	// Read is "proved" or "not proved" for a bucket that answered.
	Read string `json:"read,omitempty"`
}

// A Finding is one cause, the targets that it explains, the evidence for it, a
// way to confirm it by hand and a way to fix it.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	// Targets are the names of the targets it explains, in plan order.
	Targets []string `json:"targets"`
	// Title is one line: what is the case.
	Title string `json:"title"`
	// Evidence is what was seen, with addresses and times.
	Evidence []string `json:"evidence"`
	// Confirm are commands that prove it by hand, as pasted.
	Confirm []string `json:"confirm"`
	// Fix is what to change and where, the most likely first.
	Fix []string `json:"fix"`
}
