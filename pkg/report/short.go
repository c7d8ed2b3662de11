package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// Short writes a line for each problem and each step that fixes it, for a chat or
// the end of a log: the node, the cause, its code, and what cannot work because of
// it; then the steps. Without a problem it writes one line that says so. Of the
// options it heeds Color and ASCII.
func Short(w io.Writer, d *Document, o TextOptions) error {
	p, v := newPrinter(w, o), newView(d, viewOptions{})
	printed := false
	print := func(label span, words string) {
		printed = true
		p.writeSpan(label)
		p.writeSpan(textSpan("  " + v.nodePrefix() + words))
		p.blank()
	}
	for _, f := range v.problems() {
		words := f.Title + " (" + string(f.Code) + ")"
		if f.Severity == diagnose.Error {
			for _, s := range v.stoppedBy(f.Finding) {
				words += "; " + s
			}
		}
		print(p.severity(f.Severity), words)
	}
	for _, x := range v.outcomes {
		// An optional bucket that was skipped is no problem.
		if x.unexplained() && (!x.bucket || x.verdict == diagnose.Warn) {
			print(p.verdict(x.verdict), x.title+": "+x.words)
		}
	}
	// No line above gives a reason for this verdict.
	if !printed || d.Verdict == diagnose.Fail && len(v.withSeverity(diagnose.Error)) == 0 {
		print(p.verdict(d.Verdict), v.summary)
	}
	for i, step := range v.steps() {
		print(p.bold("FIX "), fmt.Sprintf("%d. %s", i+1, step))
	}
	return p.flush()
}

// stoppedBy says which capabilities cannot work, and which buckets cannot be
// used, because of a finding.
func (v *view) stoppedBy(f diagnose.Finding) []string {
	var capabilities, buckets []string
	for _, x := range v.outcomes {
		switch {
		case x.verdict != diagnose.Fail:
		case x.bucket && slices.Contains(f.Targets, bucketPrefix+x.name):
			buckets = append(buckets, "--bucket "+x.name)
		case !x.bucket && slices.Contains(x.because, f.Code):
			capabilities = append(capabilities, x.title)
		}
	}
	var words []string
	if len(capabilities) > 0 {
		words = append(words, joinAnd(capabilities)+" cannot work")
	}
	if len(buckets) > 0 {
		words = append(words, joinAnd(buckets)+" cannot be used")
	}
	return words
}

// nodePrefix names the node at the beginning of a line.
func (v *view) nodePrefix() string {
	switch name, region := nodeNames(v.Node), v.Node.Region; {
	case name != "" && region != "":
		return name + regionWords(v.Document) + ": "
	case name != "" || region != "":
		return name + region + ": "
	}
	return ""
}
