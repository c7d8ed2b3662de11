package lab_test

import (
	"flag"
	"fmt"
	"os"
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
		})
	}
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
