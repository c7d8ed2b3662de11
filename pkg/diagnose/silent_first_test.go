package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The system asks a dead nameserver first, and was still waiting for it when the answers
// of the other one had settled everything: this is undecided, not a failure.
func TestSilentFirstNameserver(t *testing.T) {
	w := healthy()
	w.secondServer("10.0.0.54")
	w.failsAll(vpcPlus2, observation.KindTimeout, observation.KindTimeout)
	for i := range w.System {
		w.System[i].Addresses = nil
		w.System[i].Elapsed = observation.Elapsed(1100 * time.Millisecond)
		w.System[i].Failure = &observation.Failure{Op: observation.OpLookup, Kind: observation.KindUndecided, Text: "still open after 1.1s"}
	}
	r := Judge(w.Observations)
	if r.Verdict != Warn || r.Undecided || r.ExitStatus(false) != 0 {
		t.Errorf("verdict %s, undecided %t, status %d: wanted a warning and 0", r.Verdict, r.Undecided, r.ExitStatus(false))
	}
	var found []string
	for _, f := range r.Findings {
		if f.Severity == Info {
			continue
		}
		found = append(found, string(f.Code))
		open := func(line string) bool { return strings.Contains(line, "still open when the run ended after 1.1s") }
		if !slices.ContainsFunc(f.Evidence, open) {
			t.Errorf("the evidence does not tell of the system's own lookup: %q", f.Evidence)
		}
	}
	if len(found) != 1 || found[0] != string(DNSServerSilent) {
		t.Errorf("found %v, wanted %s alone", found, DNSServerSilent)
	}
}
