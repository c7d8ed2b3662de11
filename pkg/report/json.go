package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
)

// Bounds of what ReadJSON takes, so that no file keeps a processor or fills
// the memory: the largest report of a run in the lab has 230 KiB and 6,300
// values, and the longest list 500, of the hosts file.
const (
	// MaxDocument is in bytes.
	MaxDocument = 4 << 20
	maxValues   = 50_000
	maxList     = 1000
	// maxDepth is encoding/json's.
	maxDepth = 10_000
)

// JSON writes d as one document of the contract's schema, indented by two
// spaces, with a newline at its end. Characters that a terminal could take for
// a command are escaped, which changes no value. ReadJSON takes what is written:
// of a document that is too large for it the judgement is shortened, with a note;
// if the facts alone are too many, the error is ErrTooLarge.
func JSON(w io.Writer, d *Document) error {
	c := *d
	c.Findings = complete(d.Findings)
	if c.Capabilities == nil {
		c.Capabilities = []diagnose.CapabilityReport{}
	}
	if c.Targets == nil {
		c.Targets = []diagnose.TargetReport{}
	}
	b, err := encode(&c, "  ")
	if err == nil && !readable(b) {
		b, err = fitted(&c)
	}
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// complete gives the findings with empty lists in place of null, as the
// contract's example has them.
func complete(list []diagnose.Finding) []diagnose.Finding {
	out := make([]diagnose.Finding, len(list))
	for i, f := range list {
		for _, s := range []*[]string{&f.Targets, &f.Evidence, &f.Confirm, &f.Fix} {
			if *s == nil {
				*s = []string{}
			}
		}
		if f.Actions == nil {
			f.Actions = []fix.Action{}
		}
		out[i] = f
	}
	return out
}

// quoteUnsafe replaces, in an encoded document, every character that sanitise
// would not let pass. Outside of strings a document is plain ASCII.
func quoteUnsafe(doc []byte) []byte {
	n := plainLength(doc)
	if n == len(doc) {
		return doc // as nearly every one is
	}
	out := make([]byte, 0, len(doc)+len(doc)/8)
	for ; n < len(doc); n = plainLength(doc) {
		out, doc = append(out, doc[:n]...), doc[n:]
		r, size := utf8.DecodeRune(doc)
		switch {
		case safe(r):
			out = append(out, doc[:size]...)
		case r < 0x10000:
			out = appendEscape(out, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			out = appendEscape(appendEscape(out, hi), lo)
		}
		doc = doc[size:]
	}
	return append(out, doc...)
}

// appendEscape writes a UTF-16 unit as JSON's escape.
func appendEscape(b []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// plainLength is how many bytes of doc, from its beginning on, are printable
// ASCII or ends of lines.
func plainLength(doc []byte) int {
	for i, c := range doc {
		if (c < ' ' || c > '~') && c != '\n' {
			return i
		}
	}
	return len(doc)
}

// A SchemaError says that a document has a form that this version does not
// read: a newer one, or another program's.
type SchemaError struct {
	// Schema is what the document calls its form. Empty: nothing.
	Schema string
}

func (e *SchemaError) Error() string {
	switch {
	case e.Schema == "":
		return "not a report of ssmcheck: it names no schema"
	case strings.HasPrefix(e.Schema, schemaFamily):
		return fmt.Sprintf("the report has the schema %q, and this version reads %q: use the version that wrote it, or a newer one", e.Schema, Schema)
	}
	return fmt.Sprintf("not a report of ssmcheck: its schema is %q", e.Schema)
}

// schemaFamily begins every schema of ssmcheck's report.
const schemaFamily = "ssmcheck.report/"

// A DamagedError says that a document is no whole report: cut short, no JSON,
// a value of the wrong kind, a part missing. Unwrap gives what encoding/json
// said, if it was that.
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

// wrongKind says which value is of another kind than a report has there.
func wrongKind(e *json.UnmarshalTypeError) string {
	kind, _, _ := strings.Cut(e.Value, " ") // "number 7" has the value too
	if e.Field == "" {
		return "it is JSON of another kind: " + kind
	}
	return fmt.Sprintf("%q is JSON of another kind there: %s", e.Field[strings.LastIndexByte(e.Field, '.')+1:], kind)
}

// ErrTooLarge says that a document is larger than MaxDocument.
var ErrTooLarge = errors.New("the report is larger than 4 MiB")

// tooMany says which bound a JSON document has more values than, "" for none. It
// counts each comma and each bracket that opens, those within strings aside.
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

// ReadJSON reads one document that JSON wrote, also as PowerShell saves it: in
// UTF-16, or with a byte order mark. It takes only what can be written and read
// again, and passes over members that it does not know. The error is a
// *SchemaError, a *DamagedError, ErrTooLarge,
// or the reader's own.
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
	// The schema comes first: a newer one may have other kinds of values.
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
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
		return nil, &DamagedError{Reason: "the report has no observations"}
	}
	if year := d.Observations.StartedAt.UTC().Year(); year < 0 || year > 9999 {
		return nil, &DamagedError{Reason: "the report began in a year that no report can tell"}
	}
	d.Observations.ProveZones()
	if d.Findings == nil {
		d.Findings = []diagnose.Finding{}
	}
	hideProxySecrets(&d)
	if err := writable(d.Observations); err != nil {
		return nil, err
	}
	return &d, nil
}

// hideProxySecrets takes out of a document what an older version may have left
// there of a proxy's password.
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
