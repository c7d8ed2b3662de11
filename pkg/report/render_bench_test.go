package report_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// BenchmarkRender renders what was really seen in the lab's network, of all
// capabilities, in every form: of a healthy one, and of one where every target
// fails.
func BenchmarkRender(b *testing.B) {
	forms := []struct {
		name   string
		render func(io.Writer, *report.Document) error
	}{
		{"text", func(w io.Writer, d *report.Document) error { return report.Text(w, d, report.TextOptions{}) }},
		{"short", func(w io.Writer, d *report.Document) error { return report.Short(w, d, report.TextOptions{}) }},
		{"json", report.JSON},
		{"ndjson", report.NDJSON},
		{"junit", func(w io.Writer, d *report.Document) error { return report.JUnit(w, d, false) }},
		{"prometheus", func(w io.Writer, d *report.Document) error { return report.Prometheus(w, d, false) }},
		{"nagios", func(w io.Writer, d *report.Document) error { return report.Nagios(w, d, false) }},
		{"markdown", report.Markdown},
		{"html", func(w io.Writer, d *report.Document) error { return report.HTML(w, d, report.HTMLOptions{}) }},
	}
	for _, name := range []string{"two-nameservers", "tls-intercepted"} {
		s, ok := scenarios.Find(name)
		if !ok {
			b.Fatalf("the scenario %s is gone", name)
		}
		run, err := lab.Preflight(b.Context(), s, "--for", "all")
		if err != nil {
			b.Fatal(err)
		}
		d := report.New("bench", run.Report, run.Seen)
		for _, f := range forms {
			b.Run(name+"/"+f.name, func(b *testing.B) {
				var out bytes.Buffer
				b.ReportAllocs()
				for b.Loop() {
					out.Reset()
					if err := f.render(&out, d); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(out.Len()), "bytes")
			})
		}
	}
}
