package diagnose

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestFirstAddressOnly: only one address of an optional target is tried. That no
// connection to it can be made says nothing about the others, and a note says so. A
// required target has a finding, and no such note.
func TestFirstAddressOnly(t *testing.T) {
	const note = "of kms, which is not required, only the first address was tried: the others may answer (--for all tries them)"
	for _, test := range []struct {
		name      string
		fails     observation.Kind
		untried   bool
		required  bool
		wantsNote bool
	}{
		{"silent, and one left", observation.KindTimeout, true, false, true},
		{"refused, and one left", observation.KindConnectionRefused, true, false, true},
		{"silent, and none left", observation.KindTimeout, false, false, false},
		{"it answers, and one is left", "", true, false, false},
		{"silent, and one left of a required target", observation.KindTimeout, true, true, false},
	} {
		w := healthy()
		if test.fails != "" {
			w.connects(test.fails, 3000*ms, "kms")
		}
		if kms := w.at("kms"); test.untried {
			kms.Untried = []netip.Addr{kms.Addresses[1].Address}
			kms.Addresses = kms.Addresses[:1]
		}
		for i := range w.Plan.Targets {
			if p := &w.Plan.Targets[i]; p.Name == "kms" {
				p.Asked = test.required
			}
		}
		if notes := Judge(w.Observations).Notes; slices.Contains(notes, note) != test.wantsNote {
			t.Errorf("%s: notes %q, want that one: %t", test.name, notes, test.wantsNote)
		}
	}
}
