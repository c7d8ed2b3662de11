package handshake

import (
	"crypto/tls"
	"slices"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// The facts know the ClientHellos by names alone: those that the probe sends, and
// the suites that it offers beyond them.
func TestBeyond_knowsWhatIsSent(t *testing.T) {
	for _, g := range largeCurves {
		name := GroupName(g)
		if groups, _ := (&observation.Handshake{Large: true, Group: name}).Beyond(); len(groups) > 0 {
			t.Errorf("large: %s", name)
		}
		groups, _ := (&observation.Handshake{Group: name}).Beyond()
		if small := slices.Contains(classicalCurves, g); small != (len(groups) == 0) {
			t.Errorf("small: %s: beyond %v", name, groups)
		}
	}
	for _, g := range everyGroup() {
		name := GroupName(g)
		groups, _ := (&observation.Handshake{Large: true, Group: name}).Beyond()
		if offered := slices.Contains(largeCurves, g); offered != (len(groups) == 0) {
			t.Errorf("%s: beyond %v", name, groups)
		}
	}
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		_, suites := (&observation.Handshake{Cipher: s.Name}).Beyond()
		insecure := slices.ContainsFunc(tls.InsecureCipherSuites(), func(i *tls.CipherSuite) bool { return i.ID == s.ID })
		if insecure != (len(suites) > 0) {
			t.Errorf("%s: beyond %v", s.Name, suites)
		}
	}
}
