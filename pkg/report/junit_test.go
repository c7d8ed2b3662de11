package report_test

import (
	"bytes"
	"encoding/xml"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A warning that concerns no target is a test of its own, and fails with
// strict, as the run does. What nothing asked for needs is no test.
func TestJUnit_eachWarning(t *testing.T) {
	d := healthy()
	d.Verdict = diagnose.Warn
	d.Findings = []diagnose.Finding{
		{Code: "role-missing", Severity: diagnose.Warning, Title: "the instance has no role"},
		{Code: "agent-missing", Severity: diagnose.Info, Title: "no SSM Agent"},
	}
	for _, c := range []struct {
		name   string
		doc    *report.Document
		strict bool
		failed []string
		passed []string
	}{
		{"the node's own", d, false, nil, []string{"ssmcheck.finding role-missing"}},
		{"the node's own, strict", d, true, []string{"ssmcheck.finding role-missing"}, nil},
		{"a target's", warned(), false, nil, []string{"ssmcheck.capability session-manager", "ssmcheck.target ssmmessages"}},
		{"a target's, strict", warned(), true, []string{"ssmcheck.capability session-manager", "ssmcheck.target ssmmessages"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.JUnit(&b, c.doc, c.strict); err != nil {
				t.Fatal(err)
			}
			var x struct {
				Failures int `xml:"failures,attr"`
				Cases    []struct {
					Class   string    `xml:"classname,attr"`
					Name    string    `xml:"name,attr"`
					Failure *struct{} `xml:"failure"`
					Out     string    `xml:"system-out"`
				} `xml:"testsuite>testcase"`
			}
			if err := xml.Unmarshal(b.Bytes(), &x); err != nil {
				t.Fatal(err)
			}
			var failed, passed []string
			for _, one := range x.Cases {
				switch name := one.Class + " " + one.Name; {
				case one.Failure != nil:
					failed = append(failed, name)
				case one.Out != "":
					passed = append(passed, name)
				}
			}
			if diff := cmp.Diff([][]string{c.failed, c.passed}, [][]string{failed, passed}); diff != "" {
				t.Errorf("failed, and passed with a text (-want +got):\n%s", diff)
			}
			if x.Failures != len(c.failed) {
				t.Errorf("%d failures are counted, not %d", x.Failures, len(c.failed))
			}
		})
	}
}
