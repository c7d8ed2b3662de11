package report_test

import (
	"strings"
	"testing"

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
