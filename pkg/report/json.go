package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/fix"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/quote"
)

// Bounds of what ReadJSON accepts, so that no file exhausts the processor or the
// memory: the largest report of a run in the lab has 230 KiB and 6,300 values,
// and its longest list 500, of the hosts file.
const (
	// MaxDocument is the largest document, in bytes.
	MaxDocument = 4 << 20
	maxValues   = 50_000
	maxList     = 1000
	// maxDepth is encoding/json's.
	maxDepth = 10_000
)

// JSON writes d as one document of the form that Schema names, indented by two
// spaces, with a newline at its end. Characters that a terminal could take for
// a command are escaped, which changes no value. ReadJSON accepts what is written:
// if a document is too large for it, the judgement is shortened, with a note; if
// the facts alone are too large, the error is ErrTooLarge.
func JSON(w io.Writer, d *Document) error {
	return write(w, complete(d), "  ")
}

// NDJSON writes the document on one line without its observations, for collectors
// that take a report a line and bound a line's length.
func NDJSON(w io.Writer, d *Document) error {
	c := complete(d)
	c.Observations = nil
	return write(w, c, "")
}

func write(w io.Writer, d *Document, indent string) error {
	b, err := EncodeJSON(d, indent)
	if err == nil && !readable(b) {
		b, err = fitted(d)
	}
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	_, err = w.Write(b)
	return err
}

// complete gives a copy with empty lists instead of null, as the contract's example
// has them.
func complete(d *Document) *Document {
	c := *d
	if c.Labels == nil {
		c.Labels = map[string]string{}
	}
	if c.Capabilities == nil {
		c.Capabilities = []diagnose.CapabilityReport{}
	}
	if c.Targets == nil {
		c.Targets = []diagnose.TargetReport{}
	}
	c.Findings = make([]diagnose.Finding, len(d.Findings))
	for i, f := range d.Findings {
		for _, s := range []*[]string{&f.Targets, &f.Evidence, &f.Confirm, &f.Fix} {
			if *s == nil {
				*s = []string{}
			}
		}
		if f.Actions == nil {
			f.Actions = []fix.Action{}
		}
		c.Findings[i] = f
	}
	return &c
}

// quoteUnsafe escapes, in an encoded document, every character that Sanitise
// would. Outside of strings a document is plain ASCII.
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

// plainLength is the number of bytes at the beginning of doc that are printable
// ASCII or line ends.
func plainLength(doc []byte) int {
	for i, c := range doc {
		if (c < ' ' || c > '~') && c != '\n' {
			return i
		}
	}
	return len(doc)
}

// What JSON writes, ReadJSON accepts. A document grows between the two: omitted
// members are written, invisible characters are escaped, and judging adds
// findings. So ReadJSON measures the facts as they would be written, and keeps
// room for the shortest judgement; JSON shortens a judgement that is too large,
// as the facts can be judged again.
const (
	spareBytes  = 16 << 10
	spareValues = 300
)

// EncodeJSON gives v as one JSON document with a newline at its end. What a terminal
// could take for a command is escaped, which changes no value.
func EncodeJSON(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return quoteUnsafe(b.Bytes()), nil
}

// readable reports whether ReadJSON would accept a document of this size.
func readable(doc []byte) bool {
	return len(doc) <= MaxDocument && tooMany(doc, maxValues) == ""
}

// writable says why a report with these facts could not be read again, however
// short its judgement.
func writable(o *observation.Observations) error {
	b, err := EncodeJSON(o, "")
	if err != nil {
		return &DamagedError{Reason: "the report has a value that JSON cannot express", Err: err}
	}
	if len(b) > MaxDocument-spareBytes {
		return ErrTooLarge
	}
	if why := tooMany(b, maxValues-spareValues); why != "" {
		return &DamagedError{Reason: why}
	}
	return nil
}

// A judgementBound is how much of a judgement is written.
type judgementBound struct {
	list int // entries of the judgement's own lists
	part int // entries of a list within an entry
	text int // bytes of a text
}

// judgementBounds are tried in turn. The last one fits in the room that ReadJSON
// keeps.
var judgementBounds = []judgementBound{
	{maxList, maxList, MaxDocument}, {500, 200, 2000}, {200, 40, 400}, {50, 10, 120}, {8, 0, shortText},
}

// shortText is long enough for a time of any zone.
const shortText = 40

// shortened is the note of a shortened judgement.
const shortened = "This report is so large that its findings are shortened here: " +
	"judge it again with `ssmcheck diagnose FILE`."

// fitted encodes a document that is too large to be read again on one line, with
// as much of its judgement as fits.
func fitted(d *Document) ([]byte, error) {
	end := []byte("}\n")
	if d.Observations != nil {
		facts, err := EncodeJSON(d.Observations, "")
		if err != nil {
			return nil, err
		}
		end = fmt.Appendf(nil, `,"observations":%s}`+"\n", bytes.TrimSpace(facts))
	}
	bare := *d
	bare.Observations = nil
	b, err := EncodeJSON(&bare, "")
	if err != nil {
		return nil, err
	}
	var judged map[string]any
	numbers := json.NewDecoder(bytes.NewReader(b))
	numbers.UseNumber()
	if err := numbers.Decode(&judged); err != nil {
		return nil, err
	}
	delete(judged, "schema")
	delete(judged, "observations")
	for i, bound := range judgementBounds {
		short := bound.shorten(judged, 0).(map[string]any)
		if i > 0 {
			notes, _ := short["notes"].([]any)
			short["notes"] = append([]any{shortened}, notes...)
		}
		b, err := EncodeJSON(short, "")
		if err != nil {
			return nil, err
		}
		judgement := bytes.TrimSuffix(b[1:], []byte("}\n"))
		doc := fmt.Appendf(nil, `{"schema":%q,%s%s`, Schema, judgement, end)
		if readable(doc) {
			return doc, nil
		}
	}
	return nil, ErrTooLarge
}

// shorten gives a copy of a JSON value within the bound; depth is the number of
// lists around it.
func (b judgementBound) shorten(x any, depth int) any {
	switch x := x.(type) {
	case string:
		return b.cut(x)
	case []any:
		most := b.list
		if depth > 0 {
			most = b.part
		}
		out := make([]any, min(len(x), most))
		for i := range out {
			out[i] = b.shorten(x[i], depth+1)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, member := range x {
			out[name] = b.shorten(member, depth)
		}
		return out
	}
	return x
}

func (b judgementBound) cut(s string) string {
	switch {
	case b.text == shortText && !quote.Printable(s): // each byte may be six
		return "..."
	case len(s) <= b.text:
		return s
	}
	n := b.text
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
