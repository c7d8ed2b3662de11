package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// NDJSON writes the document that JSON writes on one line, for collectors that
// take a report a line.
func NDJSON(w io.Writer, d *Document) error {
	var long, line bytes.Buffer
	if err := JSON(&long, d); err != nil {
		return err
	}
	if err := json.Compact(&line, long.Bytes()); err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	line.WriteByte('\n')
	_, err := w.Write(line.Bytes())
	return err
}
