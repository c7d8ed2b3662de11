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
// requested capability and each target, and one for each error and warning that
// concerns neither. What cannot work is a failure, what was not decided an
// error; what was not checked or is not required is skipped and says why; a
// warning is a passed test with a text, and with strict a failure. So a test is
// red if the exit status is not 0.
//
// The form is the one that Jenkins, GitLab and Surefire have in common
// (jenkinsci/xunit-plugin, junit-10.xsd).
func JUnit(w io.Writer, d *Document, strict bool) error {
	j := &junit{newView(d, viewOptions{strict: strict}), map[int]bool{}, false}
	suites := []junitSuite{j.suite("capabilities", j.capabilityCases()), j.suite("targets", j.targetCases())}
	if rest := j.otherCases(); len(rest) > 0 {
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

// junit lays a view out as a test report.
type junit struct {
	*view
	// reported are the findings, by their place, that a test case has.
	reported map[int]bool
	// failed: a test case fails.
	failed bool
}

// fails reports whether a finding makes a test fail.
func (j *junit) fails(f diagnose.Finding) bool {
	return f.Severity == diagnose.Error || j.strict && f.Severity == diagnose.Warning
}

func (j *junit) suite(name string, cases []junitCase) junitSuite {
	s := junitSuite{
		Name: "ssmcheck." + name, Tests: len(cases), Time: junitTime(j.Duration),
		Timestamp: j.StartedAt.UTC().Format("2006-01-02T15:04:05"), Hostname: xmlText(cmp.Or(j.Node.Hostname, j.Node.ID())), Cases: cases,
	}
	for _, p := range []junitProperty{
		{"ssmcheck.version", j.Tool.Version}, {"ssmcheck.verdict", string(j.Verdict)},
		{"node.id", j.Node.ID()}, {"region", j.Node.Region}, {"node.kind", string(j.Node.Kind)}, {"expect", string(j.Expect)},
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

func (j *junit) capabilityCases() []junitCase {
	var cases []junitCase
	for _, x := range j.outcomes {
		if x.bucket {
			continue // it is a target
		}
		c := junitCase{Class: "ssmcheck.capability", Name: xmlText(x.name), Time: junitTime(0)}
		j.outcome(&c, x.verdict, xmlText(x.title+": "+x.words),
			func(f diagnose.Finding) bool { return slices.Contains(x.because, f.Code) })
		if c.Failure == nil && x.unexplained() && j.Undecided {
			c.Error, c.Skipped = &junitOutcome{Type: "undecided", Message: xmlText(x.words)}, nil
		}
		cases = append(cases, c)
	}
	return cases
}

func (j *junit) targetCases() []junitCase {
	var cases []junitCase
	for i := range j.targets {
		t := &j.targets[i]
		c := junitCase{Class: "ssmcheck.target", Name: xmlText(t.Name), Time: junitTime(t.waited)}
		breaks := prefixed("; ", t.Breaks)
		if !t.Asked && t.Verdict != diagnose.Pass {
			c.Skipped = &junitOutcome{Message: xmlText("not required: " + t.outcome() + breaks)}
		} else {
			j.outcome(&c, t.Verdict, xmlText(joinNonEmpty(": ", t.address, joinAnd(t.Because), t.Reason)+breaks),
				func(f diagnose.Finding) bool { return slices.Contains(f.Targets, t.Name) })
		}
		cases = append(cases, c)
	}
	return cases
}

// outcome gives a test case its result: the verdict, and the findings that
// concern it. An error among them fails the test, whatever the verdict.
func (j *junit) outcome(c *junitCase, v diagnose.Verdict, what string, concerns func(diagnose.Finding) bool) {
	var failed, warned []string
	kind := ""
	for i, f := range j.Findings {
		switch {
		case !concerns(f):
			continue
		case j.fails(f):
			kind = cmp.Or(kind, string(f.Code))
			failed = append(failed, findingText(f))
		case f.Severity == diagnose.Warning:
			warned = append(warned, findingText(f))
		}
		j.reported[i] = true
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

// otherCases are test cases for the errors and warnings that no other case has,
// such as the node's own, and for a run without a verdict: a test report is
// green only if everything works.
func (j *junit) otherCases() []junitCase {
	var cases []junitCase
	for i, f := range j.Findings {
		if j.reported[i] || f.Severity != diagnose.Error && f.Severity != diagnose.Warning {
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
	c := junitCase{Class: "ssmcheck.finding", Name: "verdict", Time: junitTime(0)}
	switch status := j.ExitStatus(j.strict); {
	case status == 3:
		c.Error = &junitOutcome{Type: "undecided", Message: xmlText(j.summary)}
	case status == 1 && !j.failed:
		c.Failure = &junitOutcome{Message: xmlText(j.summary)}
	default:
		return cases
	}
	return append(cases, c)
}

// findingText is a finding as the text below a failure, a line each.
func findingText(f diagnose.Finding) string {
	lines := []string{string(f.Code) + ": " + f.Title}
	r, _ := remedyOf(f)
	for _, part := range []struct {
		head  string
		lines []string
	}{{joinNonEmpty(", ", fixHeading, strings.ToLower(r.how())), f.Fix}, {evidenceHeading, f.Evidence}, {confirmHeading, checkLines(f)}} {
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
