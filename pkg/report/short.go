package report

import (
	"io"
	"slices"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// Short writes one line a problem, for a chat or the end of a log: whose it is,
// what is the case, its code, and what cannot work because of it. Where there
// is no problem it writes one line that says so. Of the options it heeds Color
// and ASCII.
func Short(w io.Writer, d *Document, o TextOptions) error {
	t := &text{printer: newPrinter(w, o), d: d, o: o}
	told := false
	tell := func(label part, words string) {
		told = true
		for _, x := range []part{label, say("  " + whose(d) + words)} {
			t.put(x)
		}
		t.blank()
	}
	for _, f := range problems(d) {
		words := f.Title + " (" + string(f.Code) + ")"
		if names := stopped(d, f.Code); f.Severity == diagnose.Error && names != "" {
			words += "; " + names + " cannot work"
		}
		if flags := brokenBuckets(d, f); flags != "" {
			words += "; " + flags + " cannot be used"
		}
		tell(t.severity(f.Severity), words)
	}
	for _, c := range d.Capabilities {
		if open(c) {
			tell(t.verdict(c.Verdict), c.Name.Title()+": "+capabilityWords(d, c))
		}
	}
	for _, r := range ownBuckets(d) {
		if r.Verdict == diagnose.Warn && len(r.Because) == 0 {
			tell(t.verdict(r.Verdict), "--bucket "+bucketName(r)+": "+bucketWords(r))
		}
	}
	// A verdict that no line above gives a reason for is told by itself.
	if !told || d.Verdict == diagnose.Fail && len(of(d, diagnose.Error)) == 0 {
		what, _ := summary(d, false)
		tell(t.verdict(d.Verdict), what)
	}
	return t.flush()
}

// problems are the findings that someone should act on.
func problems(d *Document) []diagnose.Finding {
	return append(of(d, diagnose.Error), of(d, diagnose.Warning)...)
}

// open reports whether a capability is neither known to work nor known not to,
// and no cause says why.
func open(c diagnose.CapabilityReport) bool {
	return len(c.Because) == 0 && c.Verdict != diagnose.Pass && c.Verdict != diagnose.Fail
}

// stopped names the capabilities that cannot work because of a cause.
func stopped(d *Document, code diagnose.Code) string {
	var names []string
	for _, c := range d.Capabilities {
		for _, b := range c.Because {
			if b == code && c.Verdict == diagnose.Fail {
				names = append(names, c.Name.Title())
				break
			}
		}
	}
	return and(names)
}

// brokenBuckets gives the flags whose buckets cannot be used because of a
// finding.
func brokenBuckets(d *Document, f diagnose.Finding) string {
	var flags []string
	for _, r := range ownBuckets(d) {
		if r.Verdict == diagnose.Fail && f.Severity == diagnose.Error && slices.Contains(f.Targets, r.Name) {
			flags = append(flags, "--bucket "+bucketName(r))
		}
	}
	return and(flags)
}

// whose names the node, as the beginning of a line.
func whose(d *Document) string {
	switch {
	case d.Node.InstanceID != "" && d.Node.Region != "":
		return d.Node.InstanceID + regionWords(d) + ": "
	case d.Node.InstanceID != "" || d.Node.Region != "":
		return d.Node.InstanceID + d.Node.Region + ": "
	}
	return ""
}
