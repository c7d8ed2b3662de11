package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// FuzzFormats writes whatever can be read as a report in every format: none has
// a character that a terminal obeys, and each is still one of its kind.
func FuzzFormats(f *testing.F) {
	for _, s := range []string{
		`"verdict":"fail","capabilities":[{"name":"x\u001b[31m","verdict":"fail","because":["c\u202e"]}],"findings":[{"code":"c` + "`" + `</script>","severity":"error","title":"t\u009b31m]]>","evidence":["| a |\n# b"],"confirm":["` + "```" + `"],"fix":["f"],"targets":["a\"b\\"]}],"observations":{}`,
		`"verdict":"pass","node":{"region":"us-east-2\u0000"},"targets":[{"name":"ssm{x=\"y\"}","host":"<b>","verdict":"pass"}],"observations":{"plan":{"targets":[{"name":"ssm"}]},"targets":[{"name":"ssm","addresses":[{"address":"10.0.0.1","connect":{"elapsed_ms":1}}]}]}`,
	} {
		seed := `{"schema":"ssmcheck.report/v1",` + s + `}`
		if _, err := report.ReadJSON(strings.NewReader(seed)); err != nil {
			f.Fatalf("%v: %s", err, seed)
		}
		f.Add([]byte(seed))
	}
	formats := map[string]struct {
		write func(io.Writer, *report.Document) error
		check func([]byte) error
	}{
		"short":      {func(w io.Writer, d *report.Document) error { return report.Short(w, d, report.TextOptions{}) }, nil},
		"json":       {report.JSON, oneValue},
		"ndjson":     {report.NDJSON, oneValue},
		"junit":      {func(w io.Writer, d *report.Document) error { return report.JUnit(w, d, true) }, oneDocument},
		"prometheus": {func(w io.Writer, d *report.Document) error { return report.Prometheus(w, d, false) }, nil},
		"nagios":     {func(w io.Writer, d *report.Document) error { return report.Nagios(w, d, true) }, nil},
		"markdown":   {report.Markdown, nil},
		"html":       {func(w io.Writer, d *report.Document) error { return report.HTML(w, d, report.HTMLOptions{}) }, nil},
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := report.ReadJSON(bytes.NewReader(b))
		if err != nil {
			return
		}
		for name, format := range formats {
			var out bytes.Buffer
			if err := format.write(&out, d); err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for i, r := range out.String() {
				if r != '\n' && r != '\t' && unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
					t.Fatalf("%s: %U in %q", name, r, out.Bytes()[max(0, i-40):i+3])
				}
			}
			if format.check == nil {
				continue
			}
			if err := format.check(out.Bytes()); err != nil {
				t.Errorf("%s: %v:\n%.2000s", name, err, &out)
			}
		}
	})
}

// oneValue wants one value of JSON.
func oneValue(b []byte) error {
	var v any
	return json.Unmarshal(b, &v)
}

// oneDocument wants one document of XML.
func oneDocument(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
