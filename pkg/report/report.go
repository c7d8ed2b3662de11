// Package report tells a judged run to people and to programs: one file a
// format, each a pure function of the report. Beside runs it tells what a node
// must reach, and what a cause is.
//
// It decides nothing: what is wrong and how bad it is stands in the report
// already. It opens no file and no socket; whoever calls it has the writer.
package report

import (
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Schema names the JSON document's form.
const Schema = "ssmcheck.report/v1"

// A Document is one run as it is told: who ran it, the judgement, the facts.
// Its JSON form is the public contract.
type Document struct {
	Schema    string              `json:"schema"`
	Tool      Tool                `json:"tool"`
	StartedAt time.Time           `json:"started_at"`
	Duration  observation.Elapsed `json:"duration_ms"`
	// Redacted: the observations are a copy with stand-ins (--redact).
	Redacted bool `json:"redacted,omitempty"`
	diagnose.Report
	Observations *observation.Observations `json:"observations"`
}

// A Tool is the program that made a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// New makes the document of a run.
func New(version string, r *diagnose.Report, o *observation.Observations) *Document {
	return &Document{
		Schema:       Schema,
		Tool:         Tool{Name: "ssmcheck", Version: version},
		StartedAt:    o.StartedAt.UTC().Truncate(time.Millisecond),
		Duration:     o.Duration,
		Report:       *r,
		Observations: o,
	}
}
