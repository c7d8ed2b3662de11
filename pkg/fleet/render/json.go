package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes a roll-up or a diff as one document, in ASCII: what a terminal could
// take for a command is escaped, which changes no value.
func JSON(w io.Writer, r any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("encode the document: %w", err)
	}
	_, err := w.Write(ascii(b.Bytes()))
	return err
}

// ascii escapes every other character. Outside of strings JSON has none.
func ascii(doc []byte) []byte {
	out := make([]byte, 0, len(doc)+len(doc)/16)
	for len(doc) > 0 {
		if c := doc[0]; c < 0x7f {
			out, doc = append(out, c), doc[1:]
			continue
		}
		r, size := utf8.DecodeRune(doc)
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		doc = doc[size:]
	}
	return out
}
