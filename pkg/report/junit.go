package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// JUnit writes d as the test report that CI systems read: a test case for each
// capability asked for and each target, and one for each error and warning that
// none of those tells. What cannot work is a failure, what was not decided an
// error, what was not looked at or is not needed is skipped and says why; a
// warning is a passed test with a text, and with strict a failure. So a test is
// red where the exit status is not 0.
//
// The form is the one that Jenkins, GitLab and Surefire have in common
// (jenkinsci/xunit-plugin, junit-10.xsd).
func JUnit(w io.Writer, d *Document, strict bool) error {
	j := &junit{d: d, strict: strict, facts: index(d.Observations), told: map[int]bool{}}
	suites := []junitSuite{j.suite("capabilities", j.capabilities()), j.suite("targets", j.targets())}
	if rest := j.rest(); len(rest) > 0 {
		suites = append(suites, j.suite("findings", rest))
	}
	all := junitSuites{Name: "ssmcheck", Time: junitTime(d.Duration), Suites: suites}
	for _, s := range suites {
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
	}
	b, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(b)+"\n")
	return err
}

type junitSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Time     string   `xml:"time,attr"`
	Suites   []junitSuite
}

type junitSuite struct {
	XMLName    xml.Name        `xml:"testsuite"`
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitOutcome `xml:"failure"`
	Error   *junitOutcome `xml:"error"`
	Skipped *junitOutcome `xml:"skipped"`
	Out     *junitText    `xml:"system-out"`
}

type junitOutcome struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

// junit is a document on its way to a test report.
type junit struct {
	d      *Document
	strict bool
	facts  facts
	// told are the findings, by their place, that a test case has the words of.
	told map[int]bool
	// failed: a test case fails.
	failed bool
}

// fails reports whether a finding makes a test fail.
func (j *junit) fails(f diagnose.Finding) bool {
	return f.Severity == diagnose.Error || j.strict && f.Severity == diagnose.Warning
}

func (j *junit) suite(name string, cases []junitCase) junitSuite {
	s := junitSuite{
		Name: "ssmcheck." + name, Tests: len(cases), Time: junitTime(j.d.Duration),
		Timestamp: j.d.StartedAt.UTC().Format("2006-01-02T15:04:05"), Hostname: xmlText(j.d.Node.InstanceID), Cases: cases,
	}
	for _, p := range []junitProperty{
		{"ssmcheck.version", j.d.Tool.Version}, {"ssmcheck.verdict", string(j.d.Verdict)},
		{"region", j.d.Node.Region}, {"node.kind", string(j.d.Node.Kind)}, {"expect", string(j.d.Expect)},
	} {
		s.Properties = append(s.Properties, junitProperty{p.Name, xmlText(p.Value)})
	}
	for _, c := range cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

func (j *junit) capabilities() []junitCase {
	var cases []junitCase
	for _, r := range j.d.Capabilities {
		c := junitCase{Class: "ssmcheck.capability", Name: xmlText(string(r.Name)), Time: junitTime(0)}
		j.outcome(&c, r.Verdict, xmlText(r.Name.Title()+": "+capabilityWords(j.d, r)),
			func(f diagnose.Finding) bool { return slices.Contains(r.Because, f.Code) })
		if c.Failure == nil && open(r) && j.d.Undecided {
			c.Error, c.Skipped = &junitOutcome{Type: "undecided", Message: xmlText(capabilityWords(j.d, r))}, nil
		}
		cases = append(cases, c)
	}
	return cases
}

func (j *junit) targets() []junitCase {
	var cases []junitCase
	for _, r := range j.d.Targets {
		c := junitCase{Class: "ssmcheck.target", Name: xmlText(r.Name), Time: junitTime(j.facts.spent(r.Name, r.Host))}
		what := fmt.Sprintf("%s:%d", r.Host, r.Port)
		if len(r.Because) > 0 {
			what += ": " + and(codes(r.Because))
		}
		if r.Reason != "" {
			what += ": " + r.Reason
		}
		breaks := ""
		if r.Breaks != "" {
			breaks = "; " + r.Breaks
		}
		what += breaks
		if !r.Asked && r.Verdict != diagnose.Pass {
			c.Skipped = &junitOutcome{Message: xmlText("nothing asked for needs it: " + outcome(r) + breaks)}
		} else {
			j.outcome(&c, r.Verdict, xmlText(what), func(f diagnose.Finding) bool { return slices.Contains(f.Targets, r.Name) })
		}
		cases = append(cases, c)
	}
	return cases
}

// outcome gives a test case its result: the verdict, and the findings that
// concern it. One that makes a test fail does so whatever the verdict.
func (j *junit) outcome(c *junitCase, v diagnose.Verdict, what string, concerns func(diagnose.Finding) bool) {
	var failed, warned []string
	kind := ""
	for i, f := range j.d.Findings {
		switch {
		case !concerns(f):
			continue
		case j.fails(f):
			kind = cmp.Or(kind, string(f.Code))
			failed = append(failed, findingText(f))
		case f.Severity == diagnose.Warning:
			warned = append(warned, findingText(f))
		}
		j.told[i] = true
	}
	if len(warned) > 0 {
		c.Out = &junitText{strings.Join(warned, "\n")}
	}
	switch {
	case len(failed) > 0 || v == diagnose.Fail:
		c.Failure = &junitOutcome{Type: xmlText(kind), Message: what, Text: strings.Join(failed, "\n")}
		j.failed = true
	case v == diagnose.Pass:
	case v == diagnose.Warn && len(warned) > 0:
	case v == diagnose.Warn || v == diagnose.Skip:
		c.Skipped = &junitOutcome{Message: what}
	default:
		c.Error = &junitOutcome{Type: "undecided", Message: what}
	}
}

// rest are test cases for the errors and warnings that none above tells, such
// as the node's own, and for a run without a verdict: a test report that is
// green must mean that all is well.
func (j *junit) rest() []junitCase {
	var cases []junitCase
	for i, f := range j.d.Findings {
		if j.told[i] || f.Severity != diagnose.Error && f.Severity != diagnose.Warning {
			continue
		}
		c := junitCase{Class: "ssmcheck.finding", Name: xmlText(string(f.Code)), Time: junitTime(0)}
		if j.fails(f) {
			c.Failure = &junitOutcome{Type: xmlText(string(f.Code)), Message: xmlText(f.Title), Text: findingText(f)}
			j.failed = true
		} else {
			c.Out = &junitText{findingText(f)}
		}
		cases = append(cases, c)
	}
	what, _ := summary(j.d, j.strict)
	c := junitCase{Class: "ssmcheck.finding", Name: "verdict", Time: junitTime(0)}
	switch status := j.d.ExitStatus(j.strict); {
	case status == 3:
		c.Error = &junitOutcome{Type: "undecided", Message: xmlText(what)}
	case status == 1 && !j.failed:
		c.Failure = &junitOutcome{Message: xmlText(what)}
	default:
		return cases
	}
	return append(cases, c)
}

// findingText is a finding as the text below a failure, a line each.
func findingText(f diagnose.Finding) string {
	lines := []string{string(f.Code) + ": " + f.Title}
	for _, part := range []struct {
		head  string
		lines []string
	}{{"seen", f.Evidence}, {"confirm by hand", pasteables(f.Confirm)}, {"fix", f.Fix}} {
		if len(part.lines) > 0 {
			lines = append(lines, part.head+":")
		}
		for _, l := range part.lines {
			lines = append(lines, "  "+l)
		}
	}
	for i, l := range lines {
		lines[i] = xmlText(l)
	}
	return strings.Join(lines, "\n") + "\n"
}

// xmlText is s as it may stand in XML: the characters that XML does not allow
// at all, and those that a terminal would act on, are escaped as text.
func xmlText(s string) string { return Sanitise(s, false) }

func junitTime(e observation.Elapsed) string { return fmt.Sprintf("%.3f", seconds(e)) }
