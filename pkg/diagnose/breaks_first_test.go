package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestBreaks_firstAddressOnly: what an optional target breaks is not certain while some
// of its addresses were not tried, and its line says so.
func TestBreaks_firstAddressOnly(t *testing.T) {
	const hedge = "an address answers that was not tried"
	for _, test := range []struct {
		name    string
		change  func(*world)
		untried bool
		hedged  bool
	}{
		{"refused, and one left", func(w *world) { w.connects(observation.KindConnectionRefused, ms, "kms") }, true, true},
		{"refused, and none left", func(w *world) { w.connects(observation.KindConnectionRefused, ms, "kms") }, false, false},
		{"connected, and no handshake", func(w *world) { w.shakes(observation.KindReset, "kms") }, true, false},
	} {
		w := healthy()
		test.change(w)
		if kms := w.at("kms"); test.untried {
			kms.Untried = []netip.Addr{kms.Addresses[1].Address}
			kms.Addresses = kms.Addresses[:1]
		}
		said := false
		for _, r := range Judge(w.Observations).Targets {
			if r.Name != "kms" {
				continue
			}
			said = true
			if !strings.HasPrefix(r.Breaks, "sessions ") || strings.Contains(r.Breaks, hedge) != test.hedged {
				t.Errorf("%s: %q, with %q: want %t", test.name, r.Breaks, hedge, test.hedged)
			}
		}
		if !said {
			t.Errorf("%s: no kms", test.name)
		}
	}
}
