package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// summary is the verdict in words and the findings that it comes from. With
// strict a warning is a failure, and the words say so.
func summary(d *Document, strict bool) (string, []diagnose.Finding) {
	what, causes := verdictSummary(d, strict)
	return stoppedFirst(d, what), causes
}

func verdictSummary(d *Document, strict bool) (string, []diagnose.Finding) {
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
		what := "everything asked for can work"
		if agentStopped(d) {
			what += " once it runs"
		}
		what += ", with " + count(len(causes), "warning")
		if strict && d.ExitStatus(strict) == 1 {
			what += ", which --strict takes for " + plural(len(causes), "a failure", "failures")
		}
		return what, causes
	case d.Verdict == diagnose.Fail:
		causes := of(d, diagnose.Error)
		what := failing(d, causes)
		if len(causes) > 1 {
			what += ", for " + count(len(causes), "cause")
		}
		return what, causes
	case d.Verdict == diagnose.Skip:
		return "nothing was looked at", nil
	}
	return "there is no verdict", of(d, diagnose.Error)
}

// failing names what fails: capabilities, buckets asked for with --bucket, or
// that the addresses are not what --expect wants.
func failing(d *Document, causes []diagnose.Finding) string {
	var what []string
	if names := names(d, diagnose.Fail, ""); names != "" {
		what = append(what, names+" cannot work from this node")
	}
	buckets := ownBuckets(d)
	var broken []string
	for _, r := range buckets {
		if r.Verdict == diagnose.Fail {
			broken = append(broken, bucketName(r))
		}
	}
	if len(broken) > 0 {
		what = append(what, "the "+plural(len(broken), "bucket ", "buckets ")+and(broken)+" (--bucket) cannot be used")
	}
	// Where every capability can work, an error at any other target is that
	// --expect is not met.
	elsewhere := func(f diagnose.Finding) bool {
		return slices.ContainsFunc(f.Targets, func(name string) bool {
			return !slices.ContainsFunc(buckets, func(r diagnose.TargetReport) bool { return r.Name == name })
		})
	}
	if names(d, diagnose.Fail, "") == "" && (len(broken) == 0 || slices.ContainsFunc(causes, elsewhere)) {
		what = append(what, string(d.Expect)+" addresses are expected, and not all are")
	}
	return strings.Join(what, ", and ")
}

// undecided says what ended the run too early.
func undecided(d *Document) string {
	end := "the run ended"
	if o := d.Observations; o != nil {
		switch o.Ending {
		case observation.EndingDeadline:
			end = "the deadline passed"
		case observation.EndingInterrupted:
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

// unsure names the capabilities, and the buckets of one's own, that are left at a
// warning without a cause.
func unsure(d *Document) string {
	var what, buckets []string
	var names []string
	for _, c := range d.Capabilities {
		if c.Verdict == diagnose.Warn && len(c.Because) == 0 {
			names = append(names, c.Name.Title())
		}
	}
	if len(names) > 0 {
		what = append(what, and(names)+" can work")
	}
	for _, r := range ownBuckets(d) {
		if r.Verdict == diagnose.Warn && len(r.Because) == 0 {
			buckets = append(buckets, bucketName(r))
		}
	}
	if len(buckets) > 0 {
		what = append(what, "the "+plural(len(buckets), "bucket ", "buckets ")+and(buckets)+" (--bucket) can be used")
	}
	if len(what) == 0 {
		return ""
	}
	return "it is not sure that " + strings.Join(what, ", and that ")
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
