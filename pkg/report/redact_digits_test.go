package report_test

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

func init() {
	// Groups of digits that come to a number, and that never do.
	large["numbers"] = func(limit int) *report.Document {
		return stuffed(healthy(), limit, func(i int) string { return []string{"1 ", "2-", "3%2E", "4x "}[i%4] })
	}
	large["one long number"] = func(limit int) *report.Document { return stuffed(healthy(), limit, func(int) string { return "12 " }) }
	large["one long version"] = func(limit int) *report.Document { return stuffed(healthy(), limit, func(int) string { return "1." }) }
}

// Groups of digits in what another machine wrote are somebody's number; in our
// own texts, times and versions stay.
func TestRedactDigits(t *testing.T) {
	for _, number := range []string{
		"1234-5678-9012", "10.77.88.0-10.77.88.99", "10.077.088.099", "00 1A 2B 3C 4D 5E", "10%2E77%2E88%2E99", "%2F10%2E77%2E88%2E99",
		"10&#46;77&#46;88&#46;99", "+1-555-123-4567", "555 867 5309", "555.867.5309", "1.555.867.5309", "(555) 867-5309", "tel-555-867-5309",
	} {
		d := healthy()
		r := d.Observations.Targets[0].Addresses[0].Reply
		r.Body, r.Server, r.Location = "ask "+number+" now", number, "https://contoso.example/?"+number
		note(d, `answer "ask `+number+` now"`)
		out := redacted(t, d)
		got := out.Observations.Targets[0].Addresses[0].Reply
		for _, text := range []string{got.Body, got.Server, got.Location, noteOf(out)} {
			for _, part := range []string{"77", "077", "5678", "867", "4567", "3C 4D"} {
				if strings.Contains(number, part) && strings.Contains(text, part) {
					t.Errorf("%s: %s", number, text)
				}
			}
		}
	}
	d := healthy()
	r := d.Observations.Targets[0].Addresses[0].Reply
	for _, text := range []string{"2026-01-02 15:04:05, 3.3.1142.0 of 1000 2000 bytes", "403 52.95.110.7 and 52.95.110.8"} {
		note(d, text)
		if got := noteOf(redacted(t, d)); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{"nginx/1.24.0", "Microsoft/10.0.20348", "3.3.1142.0"} {
		r.Server = text
		got := redacted(t, d).Observations.Targets[0].Addresses[0].Reply.Server
		if got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}

// Blocks that leave out their last numbers are addresses too.
func TestRedactShortBlocks(t *testing.T) {
	d := healthy()
	d.Observations.Node.Proxy.Unused = []observation.UnusedProxy{{Variable: "no_proxy", NoProxy: "10.77/16,172.31.77.,buildhost", Kind: observation.UnusedOtherUnit}}
	d.Observations.Node.Proxy.No = "10.77/16,10.77.88/24,10.77.,10.77.88.*,192.168.217.,169.254.,.amazonaws.com,10.77.0.0/16"
	note(d, "NO_PROXY has 10.77/16")
	out := redacted(t, d)
	no := out.Observations.Node.Proxy.No
	if unused := out.Observations.Node.Proxy.Unused[0].NoProxy; strings.Contains(unused, "77") || strings.Contains(unused, "buildhost") {
		t.Errorf("of a setting that is not used: %s", unused)
	}
	if strings.Contains(no, "77") || strings.Contains(no, "217") || !strings.Contains(no, ",169.254.,.amazonaws.com,") || strings.Contains(noteOf(out), "77") {
		t.Errorf("%s; %s", no, noteOf(out))
	}
	list := strings.Split(no, ",")
	if block, _, _ := strings.Cut(list[0], "/"); list[2] != block+"." || !strings.HasPrefix(list[1], block+".") || !strings.HasPrefix(list[7], block+".") {
		t.Errorf("the blocks do not hold what they held: %s", no)
	}
}
