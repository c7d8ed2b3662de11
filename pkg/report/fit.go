package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What JSON writes, ReadJSON takes. A document grows between the two: what was
// left out is written, unseen characters are escaped, and judging adds findings.
// So ReadJSON measures the facts as they would be written, and keeps room for
// the shortest judgement; JSON shortens a judgement that is too large, as it
// can be made again from the facts.
const (
	spareBytes  = 8 << 10
	spareValues = 300
)

// encode gives v as JSON in one document, with what a terminal could take for a
// command escaped.
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return quoteUnsafe(b.Bytes()), nil
}

// readable reports whether ReadJSON would take a document of this size.
func readable(doc []byte) bool {
	return len(doc) <= MaxDocument && tooMany(doc, maxValues) == ""
}

// writable says why the facts cannot be written so that they can be read again,
// whatever is made of them.
func writable(o *observation.Observations) error {
	b, err := encode(o, "")
	if err != nil {
		return &DamagedError{Reason: "the report has a value that no report can tell", Err: err}
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

// judgementBounds are tried in turn. The last one fits in what ReadJSON spares.
var judgementBounds = []judgementBound{
	{maxList, maxList, MaxDocument}, {500, 200, 2000}, {200, 40, 400}, {50, 10, 120}, {8, 0, shortText},
}

// shortText holds a time of any zone, so that cutting leaves those whole.
const shortText = 40

// shortened notes what was done to the judgement.
const shortened = "This report is so large that what was made of the facts is shortened here: judge it again with `ssmcheck diagnose FILE`."

// fitted encodes a document that is too large to be read again: in one line, and
// with as much of its judgement as fits.
func fitted(d *Document) ([]byte, error) {
	facts, err := encode(d.Observations, "")
	if err != nil {
		return nil, err
	}
	bare := *d
	bare.Observations = nil
	b, err := encode(&bare, "")
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
		b, err := encode(short, "")
		if err != nil {
			return nil, err
		}
		doc := fmt.Appendf(nil, `{"schema":%q,%s,"observations":%s}`+"\n", Schema, bytes.TrimSuffix(b[1:], []byte("}\n")), bytes.TrimSpace(facts))
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
	case b.text == shortText && !plain(s): // each byte may be six
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
