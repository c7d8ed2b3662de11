package formatcheck

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// Limits of a text report at 80 columns, in lines.
const (
	maxFirstAction, medianFirstAction = 12, 6
	maxFailing, medianFailing         = 75, 32
	maxPassing, medianPassing         = 30, 11
)

// lengths are those of the text reports, in lines.
type lengths struct {
	// action are the line numbers of the first step of a fix, failing and passing the
	// lengths of reports.
	action, failing, passing []int
}

// hold checks that the first action is near the top of a report with a problem, and that
// no report is long.
func (l *lengths) hold(t *testing.T, d *report.Document) {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, d, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if d.Verdict == diagnose.Pass {
		l.passing = append(l.passing, len(lines))
		if len(lines) > maxPassing || strings.Contains(b.String(), "WARN") || strings.Contains(b.String(), "FAIL") {
			t.Errorf("a passing report of %d lines, or one that sounds an alarm:\n%s", len(lines), &b)
		}
		return
	}
	l.failing = append(l.failing, len(lines))
	if len(lines) > maxFailing {
		t.Errorf("%d lines:\n%s", len(lines), &b)
	}
	advised := slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Severity != diagnose.Info && len(f.Fix) > 0 })
	if !advised {
		return
	}
	first := slices.IndexFunc(lines, func(s string) bool { return strings.HasPrefix(s, "Fix ") })
	if first >= 0 && strings.HasSuffix(lines[first], ":") {
		first++ // that line names the finding
	}
	if l.action = append(l.action, first+1); first < 0 || first+1 > maxFirstAction {
		t.Errorf("the first action is in line %d:\n%s", first+1, &b)
	}
}

// holdMedians limits the typical report.
func (l *lengths) holdMedians(t *testing.T) {
	t.Helper()
	for _, x := range []struct {
		what  string
		lines []int
		most  int
	}{
		{"the first action", l.action, medianFirstAction}, {"a report of a problem", l.failing, medianFailing},
		{"a passing report", l.passing, medianPassing},
	} {
		if len(x.lines) == 0 {
			continue
		}
		slices.Sort(x.lines)
		median, longest := x.lines[len(x.lines)/2], x.lines[len(x.lines)-1]
		t.Logf("%s: median line %d, at most %d", x.what, median, longest)
		if median > x.most {
			t.Errorf("%s: median line %d, want at most %d", x.what, median, x.most)
		}
	}
}
