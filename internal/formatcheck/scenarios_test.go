package formatcheck

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// atOnce is the number of concurrent scenarios, which mostly wait.
const atOnce = 4

// timeout is that of an attempt. Nothing here depends on it.
const timeout = "1s"

// TestScenarios runs every scenario of the mapped lab and validates every format.
func TestScenarios(t *testing.T) {
	s := schema(t)
	promtool := &metricsChecker{path: find(t, "promtool", "prometheus"), held: map[string]bool{}}
	slots := make(chan struct{}, atOnce)
	type result struct {
		run *lab.Run
		err error
	}
	results := map[string]chan result{}
	for _, x := range scenarios.All() {
		if x.NetnsOnly != "" {
			continue
		}
		c := make(chan result, 1)
		results[x.Name] = c
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			args := []string{"--timeout", timeout}
			if !slices.Contains(x.Args, "--region") {
				// Metadata may be late when many scenarios run.
				args = append(args, "--region", x.World().Region)
			}
			r, err := lab.Preflight(t.Context(), x, args...)
			c <- result{r, err}
		}()
	}
	var long lengths
	for _, x := range scenarios.All() {
		c, ok := results[x.Name]
		if !ok {
			continue // only the end-to-end test runs it
		}
		t.Run(x.Name, func(t *testing.T) {
			r := <-c
			if r.err != nil {
				t.Fatal(r.err)
			}
			whole := report.New("1.2.3", r.run.Report, r.run.Seen)
			long.hold(t, whole)
			hold(t, s, promtool, whole)
			hold(t, s, promtool, holdRedacted(t, whole))
		})
	}
	long.holdMedians(t)
}

// find returns the path of a program, or "" if it is not installed.
func find(t *testing.T, command, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(command)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed (package %s)", command, pkg)
	}
	t.Logf("SKIP: %s is not installed (package %s); it did not check the metrics", command, pkg)
	return ""
}

// hold validates every format of a report.
func hold(t *testing.T, s *jsonschema.Schema, promtool *metricsChecker, d *report.Document) {
	t.Helper()
	write := func(f func(io.Writer, *report.Document) error) []byte {
		var b bytes.Buffer
		if err := f(&b, d); err != nil {
			t.Error(err)
		}
		return b.Bytes()
	}
	for name, f := range map[string]func(io.Writer, *report.Document) error{"json": report.JSON, "ndjson": report.NDJSON} {
		b := write(f)
		if err := validate(s, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "ndjson" && bytes.Count(b, []byte("\n")) != 1 {
			t.Errorf("%s: %d lines", name, bytes.Count(b, []byte("\n")))
		}
	}
	for _, strict := range []bool{false, true} {
		holdJUnit(t, d, strict, write(func(w io.Writer, d *report.Document) error { return report.JUnit(w, d, strict) }))
	}
	promtool.hold(t, write(func(w io.Writer, d *report.Document) error { return report.Prometheus(w, d, true) }))
	for name, f := range map[string]func(io.Writer, *report.Document) error{
		"short":    func(w io.Writer, d *report.Document) error { return report.Short(w, d, report.TextOptions{}) },
		"nagios":   func(w io.Writer, d *report.Document) error { return report.Nagios(w, d, false) },
		"markdown": report.Markdown,
	} {
		text := string(write(f))
		for _, f := range d.Findings {
			if f.Severity != diagnose.Info && !strings.Contains(text, string(f.Code)) {
				t.Errorf("%s does not name %s:\n%s", name, f.Code, text)
			}
		}
	}
}

// A metricsChecker checks metrics with promtool. Starting that takes longer than
// everything else here, so it checks each form of metrics once: texts that differ only in
// words and numbers have the same form.
type metricsChecker struct {
	path string // empty: not installed
	held map[string]bool
}

// plainValue matches a label's value without characters to escape, or a number at the end
// of a line.
var plainValue = regexp.MustCompile(`"[0-9A-Za-z .,:;/_()*'+-]*"|(?m: -?[0-9][0-9.e+-]*$)`)

func (m *metricsChecker) hold(t *testing.T, metrics []byte) {
	t.Helper()
	form := formOf(metrics)
	if m.path == "" || m.held[form] {
		return
	}
	m.held[form] = true
	c := exec.Command(m.path, "check", "metrics")
	c.Stdin = bytes.NewReader(metrics)
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v: %s", err, out)
	}
}

// formOf returns metrics without their words and numbers, each line once. The rest
// affects promtool's result only if a series occurs twice, which formOf records.
func formOf(metrics []byte) string {
	var form strings.Builder
	forms, series := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(metrics)) {
		if !strings.HasPrefix(line, "#") {
			name := line[:strings.LastIndex(line, " ")+1]
			if series[name] {
				form.WriteString("twice: " + line)
			}
			series[name] = true
		}
		if f := plainValue.ReplaceAllString(line, "#"); !forms[f] {
			forms[f] = true
			form.WriteString(f)
		}
	}
	return form.String()
}

// TestFormOf: metrics have a different form if promtool could find something else.
func TestFormOf(t *testing.T) {
	const base = "# HELP a b\n# TYPE a gauge\na{x=\"1\"} 1\n"
	for _, c := range []struct {
		name, other string
		same        bool
	}{
		{"other values", strings.ReplaceAll(base, "1", "27"), true},
		{"one more series", base + "a{x=\"2\"} 0\n", true},
		{"a series twice", base + "a{x=\"1\"} 0\n", false},
		{"a value that is quoted", strings.ReplaceAll(base, `"1"`, `"a\"b"`), false},
		{"a value that is not quoted", strings.ReplaceAll(base, `"1"`, `"a"b"`), false},
		{"another label", strings.ReplaceAll(base, "x=", "y="), false},
		{"another metric", base + "b 1\n", false},
		{"no number", strings.ReplaceAll(base, "} 1", "} one"), false},
		{"another help", strings.ReplaceAll(base, "a b", "a c"), false},
	} {
		if same := formOf([]byte(base)) == formOf([]byte(c.other)); same != c.same {
			t.Errorf("%s: the same form: %t", c.name, same)
		}
	}
}

// holdJUnit checks for well-formed XML that fails if and only if the report does, and
// names every error and warning.
func holdJUnit(t *testing.T, d *report.Document, strict bool, b []byte) {
	t.Helper()
	x := xml.NewDecoder(bytes.NewReader(b))
	bad, cases := 0, 0
	for {
		token, err := x.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("junit: %v:\n%s", err, b)
		}
		if e, ok := token.(xml.StartElement); ok {
			switch e.Name.Local {
			case "failure", "error":
				bad++
			case "testcase":
				cases++
			}
		}
	}
	if well := d.ExitStatus(strict) == 0; well != (bad == 0) || cases < len(d.Targets)+len(d.Capabilities) {
		t.Errorf("junit, strict %t: %d of %d test cases are bad, and the status is %d:\n%s", strict, bad, cases, d.ExitStatus(strict), b)
	}
	for _, f := range d.Findings {
		if f.Severity != diagnose.Info && !bytes.Contains(b, []byte(string(f.Code)+": ")) && !bytes.Contains(b, []byte(`name="`+string(f.Code)+`"`)) {
			t.Errorf("junit, strict %t: %s is missing:\n%s", strict, f.Code, b)
		}
	}
}
