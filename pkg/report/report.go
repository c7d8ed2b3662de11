package report

import (
	"maps"
	"slices"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Schema names the version of the JSON document.
const Schema = "ssmcheck.report/v1"

// A Document is the report of one run: the program, the judgement, the facts.
// Its JSON form is public: docs/report.schema.json describes it.
type Document struct {
	Schema    string              `json:"schema"`
	Tool      Tool                `json:"tool"`
	StartedAt time.Time           `json:"started_at"`
	Duration  observation.Elapsed `json:"duration_ms"`
	// Redacted: the observations are a copy with pseudonyms (--redact).
	Redacted bool `json:"redacted,omitempty"`
	// Labels are those of --label.
	Labels map[string]string `json:"labels"`
	diagnose.Report
	// Observations are all facts, enough to judge the run again. NDJSON has none.
	Observations *observation.Observations `json:"observations,omitempty"`
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
		Labels:       labelsOf(o),
		Report:       *r,
		Observations: o,
	}
}

// labelsOf are the labels of a run. A saved report may have others, of any form.
func labelsOf(o *observation.Observations) map[string]string {
	labels := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(o.Plan.Labels)) {
		if value := o.Plan.Labels[key]; observation.CheckLabel(key, value) == nil && len(labels) < observation.MaxLabels {
			labels[key] = value
		}
	}
	return labels
}
