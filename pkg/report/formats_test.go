package report_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// formats are those with golden files of their own, by the file's ending.
var formats = map[string]func(io.Writer, *report.Document) error{
	"short":     func(w io.Writer, d *report.Document) error { return report.Short(w, d, report.TextOptions{}) },
	"ndjson":    report.NDJSON,
	"junit.xml": func(w io.Writer, d *report.Document) error { return report.JUnit(w, d, false) },
	"prom":      func(w io.Writer, d *report.Document) error { return report.Prometheus(w, d, false) },
	"nagios":    func(w io.Writer, d *report.Document) error { return report.Nagios(w, d, false) },
	"md":        report.Markdown,
}

func formatted(t *testing.T, d *report.Document, format func(io.Writer, *report.Document) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := format(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormats(t *testing.T) {
	for name, d := range documents() {
		for ending, format := range formats {
			if ending == "ndjson" && name != "broken" {
				continue
			}
			t.Run(name+"."+ending, func(t *testing.T) { golden(t, name+"."+ending, formatted(t, d, format)) })
		}
	}
}
