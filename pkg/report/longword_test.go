package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// A word that is longer than a line is broken where a path, a URL or a list is
// parted, and cut only where it is endless.
func TestTextLongWords(t *testing.T) {
	const unit = "/etc/systemd/system/snap.amazon-ssm-agent.amazon-ssm-agent.service.d/"
	name := strings.Repeat("x", 90)
	for _, c := range []struct {
		word string
		want []string
	}{
		{unit + "override.conf", []string{unit, "override.conf"}},
		{"https://" + name + ".example/" + name, []string{"https://", name + ".example/", name}},
		{"k=" + name + ",l=" + name, []string{"k=", name + ",", "l=", name}},
		{name, []string{name}},
		{strings.Repeat("y", 200), []string{strings.Repeat("y", 200)}},
	} {
		d := healthy()
		d.Notes = []string{"see " + c.word + " there"}
		got := text(t, d, report.TextOptions{Verbose: true})
		_, got, _ = strings.Cut(got, "- see")
		lines := strings.Fields(got)
		if i := len(c.want); len(lines) < i || strings.Join(lines[:i], "\n") != strings.Join(c.want, "\n") {
			t.Errorf("%s became\n%s", c.word, got)
		}
	}

	d := healthy()
	d.Notes = []string{strings.Repeat("~", 64<<10)}
	for line := range strings.Lines(text(t, d, report.TextOptions{})) {
		if len(line) > 300 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if got := text(t, d, report.TextOptions{}); strings.Count(got, "~") != 64<<10 {
		t.Errorf("%d letters are left", strings.Count(got, "~"))
	}
}

// TestExpectation_everyLineIsAComment: whatever of a check is copied, only its command runs.
func TestExpectation_everyLineIsAComment(t *testing.T) {
	d := broken()
	for i := range d.Findings {
		d.Findings[i].Checks = []diagnose.Check{{Command: "true", Expect: strings.Repeat("the line that says so ", 12)}}
	}
	var b bytes.Buffer
	if err := report.Text(&b, d, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(b.String(), "      true\n")
	comment, _, _ := strings.Cut(after, "\n\n")
	lines := strings.Split(comment, "\n")
	if !found || len(lines) < 2 {
		t.Fatalf("no comment over several lines:\n%s", b.String())
	}
	for _, l := range lines {
		if !strings.HasPrefix(l, "        # ") {
			t.Errorf("%q would run", l)
		}
	}
}
