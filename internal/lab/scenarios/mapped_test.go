package scenarios_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/internal/lab/scenarios"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestMain runs more tests at once than there are processors: they mostly wait.
// -parallel changes that.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestMapped runs every scenario of the mapped lab. It must find what the end-to-end test
// wants of the built program. -short runs a fifth of them, and all those in which a system
// call fails.
func TestMapped(t *testing.T) {
	for i, s := range scenarios.All() {
		if testing.Short() && i%5 != 0 && !ofDialer.MatchString(s.Name) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			if s.NetnsOnly != "" {
				t.Skipf("SKIP: %s", s.NetnsOnly)
			}
			t.Parallel()
			r := preflight(t, s, turns.RLocker())
			if found := lab.Found(r.Report, r.Status); s.Want.OnlySlow(found, len(r.Seen.Pauses) > 0) {
				t.Logf("%s: only slow, as on a loaded machine: run again, alone", found)
				r = preflight(t, s, &turns)
			}
			if m := s.Want.Misses(lab.Found(r.Report, r.Status)); len(m) > 0 {
				t.Errorf("%s\n%s", strings.Join(m, "\n"), text(t, r))
			}
			for _, f := range r.Report.Findings {
				for _, fix := range f.Fix {
					if a := forwardsToItself(fix); a != "" {
						t.Errorf("%s has %s forward to itself: %s", f.Code, a, fix)
					}
				}
			}
		})
	}
}

// ofDialer matches the names of scenarios in which the mapped dialer itself returns an
// error of the system.
var ofDialer = regexp.MustCompile("refused|reject|route|firewall|policy-rule")

// turns is read-locked by concurrent runs. A run that must be alone locks it.
var turns sync.RWMutex

// preflight runs a scenario when its turn comes.
func preflight(t *testing.T, s lab.Scenario, turn sync.Locker) *lab.Run {
	t.Helper()
	turn.Lock()
	defer turn.Unlock()
	r, err := lab.Preflight(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	forwardFix    = regexp.MustCompile(`^(.* forwards? .*?)(?: to |it should be )(.*)$`)
	addressInText = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
)

// forwardsToItself returns an address that, according to a fix, should forward to itself,
// or "".
func forwardsToItself(fix string) string {
	if m := forwardFix.FindStringSubmatch(fix); m != nil {
		to := addressInText.FindString(m[2])
		if to != "" && slices.Contains(addressInText.FindAllString(m[1], -1), to) {
			return to
		}
	}
	return ""
}

// text returns the text report.
func text(t *testing.T, r *lab.Run) string {
	t.Helper()
	var b strings.Builder
	if err := report.Text(&b, report.New("lab", r.Report, r.Seen), report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
