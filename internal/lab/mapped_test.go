package lab_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestMain lets more tests run at a time than there are processors: they wait
// more than they work. -parallel changes it.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestMapped runs the linked preflight in every scenario that the mapped lab
// can show, and wants what the end-to-end test wants of the built program.
func TestMapped(t *testing.T) {
	for _, s := range lab.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			if s.NetnsOnly != "" {
				t.Skipf("SKIP: %s", s.NetnsOnly)
			}
			t.Parallel()
			r, err := lab.Preflight(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if m := s.Want.Misses(lab.Found(r.Report, r.Status)); len(m) > 0 {
				t.Errorf("%s\n%s", strings.Join(m, "\n"), tell(t, r))
			}
			for _, f := range r.Report.Findings {
				for _, fix := range f.Fix {
					if a := forwardsToItself(fix); a != "" {
						t.Errorf("%s tells %s to forward to itself: %s", f.Code, a, fix)
					}
				}
			}
		})
	}
}

var (
	forwardFix    = regexp.MustCompile(`^(.* forwards? .*?)(?: to |it should be )(.*)$`)
	addressInText = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
)

// forwardsToItself gives the address that a fix names as who forwards and as
// whom it forwards to, "" where there is none.
func forwardsToItself(fix string) string {
	if m := forwardFix.FindStringSubmatch(fix); m != nil {
		to := addressInText.FindString(m[2])
		if to != "" && slices.Contains(addressInText.FindAllString(m[1], -1), to) {
			return to
		}
	}
	return ""
}

// tell writes a report as a person reads it.
func tell(t *testing.T, r *lab.Run) string {
	t.Helper()
	var b strings.Builder
	if err := report.Text(&b, report.New("lab", r.Report, r.Seen), report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
