package formatcheck

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const schemaFile = "../../docs/report.schema.json"

var update = flag.Bool("update", false, "write docs/report.schema.json anew")

// The published schema is that of the types.
func TestSchemaIsOfTheTypes(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(makeSchema(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(read(t, schemaFile)), b.String()); d != "" {
		t.Errorf("docs/report.schema.json is not of these types (-file +types); write it anew by\ngo test ./internal/formatcheck -run Schema -update\n%s", d)
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, schemaFile)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, doc []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// The schema has every code, verdict and severity.
func TestSchemaKnowsTheWords(t *testing.T) {
	s := schema(t)
	for _, code := range diagnose.Codes() {
		if err := validate(s, tellable(t, func(d *report.Document) { d.Findings[0].Code = code })); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, v := range []diagnose.Verdict{diagnose.Pass, diagnose.Warn, diagnose.Fail, diagnose.Skip} {
		if err := validate(s, tellable(t, func(d *report.Document) { d.Verdict = v })); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	for name, change := range map[string]func(*report.Document){
		"code":       func(d *report.Document) { d.Findings[0].Code = "no-such-cause" },
		"severity":   func(d *report.Document) { d.Findings[0].Severity = "fatal" },
		"verdict":    func(d *report.Document) { d.Verdict = "" },
		"capability": func(d *report.Document) { d.Capabilities[0].Name = "fly" },
		"schema":     func(d *report.Document) { d.Schema = "ssmcheck.report/v2" },
		"ending":     func(d *report.Document) { d.Observations.Ending = "slowly" },
	} {
		if err := validate(s, tellable(t, change)); err == nil {
			t.Errorf("a wrong %s passes", name)
		}
	}
}

// tellable returns the JSON of a small valid report, modified by change.
func tellable(t *testing.T, change func(*report.Document)) []byte {
	t.Helper()
	d := report.New("1.2.3", &diagnose.Report{
		Verdict: diagnose.Fail, Node: diagnose.Node{Kind: observation.NodeEC2}, Expect: observation.ExpectPublic,
		Capabilities: []diagnose.CapabilityReport{{Name: "run-command", Verdict: diagnose.Fail}},
		Findings:     []diagnose.Finding{{Code: diagnose.Unexplained, Severity: diagnose.Error}},
	}, &observation.Observations{Ending: observation.EndingComplete,
		Plan: observation.Plan{Expect: observation.ExpectAuto}, Node: observation.Node{Kind: observation.NodeEC2}})
	change(d)
	var b bytes.Buffer
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
