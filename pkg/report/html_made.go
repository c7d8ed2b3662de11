package report

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/redact"
	fixes "github.com/ssmcheck/ssmcheck/pkg/remedy" // remedy is a type here
)

// maxRemedy is in bytes. Those of a run have a tenth of it at most.
const maxRemedy = 64 << 10

// made is what a page has beside its report, as only this program can make it.
type made struct {
	// Remedy is the text of `ssmcheck fix` by language; empty if there is nothing
	// but what is done by hand.
	Remedy map[fixes.Language]string `json:"remedy,omitempty"`
	// Redacted is the judgement of a copy with stand-ins, as NDJSON writes it. It
	// is absent if the report has them already, or no copy could be made.
	Redacted json.RawMessage `json:"redacted,omitempty"`
}

func madeWith(d *Document) made {
	if d.Observations == nil {
		return made{}
	}
	m := made{Remedy: fixesOf(d)}
	if d.Redacted {
		return m
	}
	if seen, err := redact.New().Observations(d.Observations); err == nil {
		var b bytes.Buffer
		if NDJSON(&b, NewRedacted(d.Tool.Version, seen)) == nil {
			m.Redacted = b.Bytes()
		}
	}
	return m
}

func fixesOf(d *Document) map[fixes.Language]string {
	x := fixes.New(&d.Report, d.Observations)
	if !x.Generates() {
		return nil
	}
	all := map[fixes.Language]string{}
	for _, language := range fixes.Languages() {
		var b strings.Builder
		if err := fixes.Write(&b, x, fixes.Options{As: language}); err == nil && b.Len() <= maxRemedy {
			all[language] = b.String()
		}
	}
	return all
}
