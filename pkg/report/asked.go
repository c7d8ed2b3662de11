package report

import (
	"slices"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// An asked is one thing that was asked for, and what became of it.
type asked struct {
	verdict      diagnose.Verdict
	title, words string
}

// askedFor are the capabilities, and then the buckets of one's own.
func askedFor(d *Document) []asked {
	var all []asked
	for _, c := range d.Capabilities {
		all = append(all, asked{c.Verdict, c.Name.Title(), capabilityWords(d, c)})
	}
	for _, r := range ownBuckets(d) {
		all = append(all, asked{r.Verdict, "Bucket " + bucketName(r) + " (--bucket)", bucketWords(r)})
	}
	return all
}

// capabilityWords says whether c can work, and why not.
func capabilityWords(d *Document, c diagnose.CapabilityReport) string {
	s := "not known whether it can work"
	why := ", because of "
	switch c.Verdict {
	case diagnose.Pass:
		s = canWork(d)
	case diagnose.Warn:
		s, why = canWork(d), ", but see "
		if len(c.Because) == 0 {
			s = "not sure to work"
		}
	case diagnose.Fail:
		s = "cannot work"
	case diagnose.Skip:
		s = "not looked at"
	}
	named := without(c.Because, diagnose.Unexplained)
	if len(named) > 0 {
		s += why + and(codes(named))
	}
	if len(named) < len(c.Because) {
		s += unexplained(d)
	}
	if c.Reason != "" {
		s += "; " + c.Reason
	}
	return s
}

// unexplained tells the titles of the findings of that code, which alone says
// nothing.
func unexplained(d *Document) string {
	var titles []string
	for _, f := range d.Findings {
		if f.Code == diagnose.Unexplained && f.Severity != diagnose.Info {
			titles = append(titles, f.Title)
		}
	}
	if len(titles) == 0 {
		return ", because of " + string(diagnose.Unexplained)
	}
	return ": " + strings.Join(titles, "; ") + " (" + string(diagnose.Unexplained) + ")"
}

func without(all []diagnose.Code, code diagnose.Code) []diagnose.Code {
	return slices.DeleteFunc(slices.Clone(all), func(c diagnose.Code) bool { return c == code })
}

// ownBuckets are the targets that were asked for with --bucket: no capability
// needs them.
func ownBuckets(d *Document) []diagnose.TargetReport {
	if d.Observations == nil {
		return nil
	}
	needed := map[string]bool{}
	for _, needs := range d.Observations.Plan.Needs {
		for _, any := range needs {
			for _, name := range any {
				needed[name] = true
			}
		}
	}
	var own []diagnose.TargetReport
	for _, r := range d.Targets {
		if r.Asked && !needed[r.Name] && strings.HasPrefix(r.Name, bucketPrefix) {
			own = append(own, r)
		}
	}
	return own
}

// bucketPrefix begins the name of a target that is a bucket.
const bucketPrefix = "s3:"

func bucketName(r diagnose.TargetReport) string { return strings.TrimPrefix(r.Name, bucketPrefix) }

// bucketWords says whether a bucket of one's own can be used, and why not.
func bucketWords(r diagnose.TargetReport) string {
	s, why := "not known whether it can be used", ", because of "
	switch r.Verdict {
	case diagnose.Pass:
		s = "can be used"
	case diagnose.Warn:
		s, why = "can be used", ", but see "
		if len(r.Because) == 0 {
			s = "not sure to be usable"
		}
	case diagnose.Fail:
		s = "cannot be used"
	}
	if len(r.Because) > 0 {
		s += why + and(codes(r.Because))
	}
	if r.Reason != "" {
		s += "; " + r.Reason
	}
	return s
}
