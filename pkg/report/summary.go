package report

import (
	"fmt"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/probe"
)

// summary is the verdict in words and the findings that it comes from.
func summary(d *Document) (string, []diagnose.Finding) {
	switch {
	case d.Undecided && d.Verdict != diagnose.Fail:
		return undecided(d), of(d, diagnose.Error)
	case d.Verdict == diagnose.Pass:
		return names(d, diagnose.Pass, "nothing was asked for") + " can work from this node", nil
	case d.Verdict == diagnose.Warn:
		causes := of(d, diagnose.Warning)
		if unsure := unsure(d); unsure != "" {
			return unsure, causes
		}
		return "everything asked for can work, with " + count(len(causes), "warning"), causes
	case d.Verdict == diagnose.Fail:
		causes := of(d, diagnose.Error)
		if names := names(d, diagnose.Fail, ""); names != "" {
			what := names + " cannot work from this node"
			if len(causes) > 1 {
				what += ", for " + count(len(causes), "cause")
			}
			return what, causes
		}
		return string(d.Expect) + " addresses are expected, and not all are", causes
	case d.Verdict == diagnose.Skip:
		return "nothing was looked at", nil
	}
	return "there is no verdict", of(d, diagnose.Error)
}

// undecided says what ended the run too early.
func undecided(d *Document) string {
	end := "the run ended"
	if o := d.Observations; o != nil {
		switch o.Ending {
		case probe.EndingDeadline:
			end = "the deadline passed"
		case probe.EndingInterrupted:
			end = "the run was interrupted"
		}
	}
	return end + " before it was known whether everything asked for can work"
}

// count is "a warning", "2 warnings".
func count(n int, word string) string {
	if n <= 1 {
		return "a " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// unsure names the capabilities that are left at a warning without a cause.
func unsure(d *Document) string {
	var names []string
	for _, c := range d.Capabilities {
		if c.Verdict == diagnose.Warn && len(c.Because) == 0 {
			names = append(names, c.Name.Title())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "it is not sure that " + and(names) + " can work"
}

// names lists the capabilities with verdict v, or says that it is all of
// several.
func names(d *Document, v diagnose.Verdict, none string) string {
	var names []string
	for _, c := range d.Capabilities {
		if c.Verdict == v {
			names = append(names, c.Name.Title())
		}
	}
	if len(names) == 0 {
		return none
	}
	return and(names)
}

// of gives the findings of one severity.
func of(d *Document, s diagnose.Severity) []diagnose.Finding {
	var out []diagnose.Finding
	for _, f := range d.Findings {
		if f.Severity == s {
			out = append(out, f)
		}
	}
	return out
}
