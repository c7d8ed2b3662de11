package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// A SchemaError says that a document has a schema that this version does not
// read: a newer one, or another program's.
type SchemaError struct {
	// Schema is the document's own. Empty: it has none.
	Schema string
}

func (e *SchemaError) Error() string {
	switch {
	case e.Schema == "":
		return "not a report of ssmcheck: it names no schema"
	case strings.HasPrefix(e.Schema, schemaFamily):
		return fmt.Sprintf("the report has the schema %q, but this version reads %q: "+
			"use the version that wrote it, or a newer one", e.Schema, Schema)
	}
	return fmt.Sprintf("not a report of ssmcheck: its schema is %q", e.Schema)
}

// noObservations is what NDJSON leaves out.
const noObservations = "a report without observations, such as -o ndjson writes, cannot be judged again"

// schemaFamily begins every schema of ssmcheck's report.
const schemaFamily = "ssmcheck.report/"

// A DamagedError says that a document is not a whole report: cut short, not JSON,
// a value of the wrong type, a part missing. Unwrap gives encoding/json's error,
// if there is one.
type DamagedError struct {
	Reason string
	Err    error
}

func (e *DamagedError) Error() string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](e.Err); ok {
		return e.Reason + ": " + wrongKind(t)
	}
	if e.Err != nil {
		return e.Reason + ": " + e.Err.Error()
	}
	return e.Reason
}

func (e *DamagedError) Unwrap() error { return e.Err }

// wrongKind names the value that has the wrong type.
func wrongKind(e *json.UnmarshalTypeError) string {
	kind, _, _ := strings.Cut(e.Value, " ") // "number 7" has the value too
	if e.Field == "" {
		return "it is JSON of another kind: " + kind
	}
	return fmt.Sprintf("%q is JSON of another kind there: %s", e.Field[strings.LastIndexByte(e.Field, '.')+1:], kind)
}

// ErrTooLarge says that a document is larger than MaxDocument.
var ErrTooLarge = errors.New("the report is larger than 4 MiB")

// tooMany says which bound on values a JSON document exceeds, "" for none. It
// counts commas and opening brackets outside of strings.
func tooMany(doc []byte, values int) string {
	all, quoted := 0, false
	var lists []int // the commas so far at each depth
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			all++
			lists = append(lists, 0)
		case c == ']' || c == '}':
			lists = lists[:max(0, len(lists)-1)]
		case c == ',' && len(lists) > 0:
			all++
			lists[len(lists)-1]++
			if lists[len(lists)-1] >= maxList {
				return "a list of the report is longer than a run makes one"
			}
		}
		if all > values {
			return "the report has more values than a run makes"
		}
	}
	return ""
}

// ReadJSON reads one document that JSON wrote, even if PowerShell saved it in
// UTF-16 or with a byte order mark. It accepts only what can be written and read
// again, and ignores unknown members. The error is a *SchemaError, a
// *DamagedError, ErrTooLarge, or the reader's own.
func ReadJSON(r io.Reader) (*Document, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, ErrTooLarge
	}
	if b = decoded(b); len(b) > MaxDocument {
		return nil, ErrTooLarge
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, &DamagedError{Reason: "the report is empty"}
	}
	if why := tooMany(b, maxValues); why != "" {
		return nil, &DamagedError{Reason: why}
	}
	// The schema comes first: a newer one may have values of other types.
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		if line, rest, _ := bytes.Cut(b, []byte("\n")); len(rest) > 0 && json.Unmarshal(line, &head) == nil && head.Schema == Schema {
			return nil, &DamagedError{Reason: "there are several reports, a line each: " + noObservations}
		}
		return nil, &DamagedError{Reason: "the report is damaged", Err: err}
	}
	if head.Schema != Schema {
		return nil, &SchemaError{Schema: head.Schema}
	}
	var d Document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, &DamagedError{Reason: "the report is damaged", Err: err}
	}
	if d.Observations == nil {
		return nil, &DamagedError{Reason: noObservations}
	}
	if year := d.Observations.StartedAt.UTC().Year(); year < 0 || year > 9999 {
		return nil, &DamagedError{Reason: "the report's start has an impossible year"}
	}
	d.Observations.ProveZones()
	dropUnknownCodes(d.Observations)
	if d.Findings == nil {
		d.Findings = []diagnose.Finding{}
	}
	hideProxySecrets(&d)
	if err := writable(d.Observations); err != nil {
		return nil, err
	}
	return &d, nil
}

// dropUnknownCodes leaves only codes of causes among those that are ignored: the
// rest has no effect, and could be any text.
func dropUnknownCodes(o *observation.Observations) {
	if len(o.Plan.Ignore) == 0 {
		return
	}
	codes := diagnose.Codes()
	o.Plan.Ignore = slices.DeleteFunc(o.Plan.Ignore, func(s string) bool { return !slices.Contains(codes, diagnose.Code(s)) })
}

// hideProxySecrets removes what an older version may have left of a proxy's
// password.
func hideProxySecrets(d *Document) {
	hide := d.Observations.HideProxySecrets()
	hideAll := func(lists ...[]string) {
		for _, list := range lists {
			for i := range list {
				list[i] = hide(list[i])
			}
		}
	}
	hideAll(d.Notes)
	for i := range d.Findings {
		f := &d.Findings[i]
		f.Title = hide(f.Title)
		hideAll(f.Evidence, f.Confirm, f.Fix)
		for k := range f.Checks {
			f.Checks[k].Command, f.Checks[k].Expect = hide(f.Checks[k].Command), hide(f.Checks[k].Expect)
		}
		for k := range f.Actions {
			a := &f.Actions[k]
			a.Proxy, a.FoundIn, a.Value = hide(a.Proxy), hide(a.FoundIn), hide(a.Value)
			hideAll(a.Notes, a.NoProxy, a.RemovedNoProxy, a.Hosts, a.Zones)
		}
	}
	for i := range d.Capabilities {
		c := &d.Capabilities[i]
		c.Reason = hide(c.Reason)
	}
	for i := range d.Targets {
		t := &d.Targets[i]
		t.Reason, t.Breaks = hide(t.Reason), hide(t.Breaks)
	}
}

// MaxFile bounds a file with a report, in bytes. PowerShell's redirection writes
// UTF-16, which doubles a report and adds a character to each line.
const MaxFile = 3 * MaxDocument

// decoded gives a file's document as UTF-8 without a byte order mark.
func decoded(file []byte) []byte {
	doc, _, _ := transform.Bytes(unicode.BOMOverride(transform.Nop), file) // neither fails
	if len(doc) > MaxDocument {
		doc = bytes.ReplaceAll(doc, []byte("\r\n"), []byte("\n")) // the shell's, not the report's
	}
	return doc
}
