package report

import (
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// redactedNote says what is not as it was in a redacted report.
const redactedNote = "ids, host names, the addresses of the node's own network and uncommon words from outside are pseudonyms (--redact)"

// NewRedacted makes the document of a run from a copy of its observations in which
// package redact put pseudonyms. It judges the copy, so that no word is taken from the
// original.
func NewRedacted(version string, o *observation.Observations) *Document {
	d := New(version, diagnose.Judge(o), o)
	d.Redacted = true
	d.Notes = append(d.Notes, redactedNote)
	return d
}
