//go:build linux

package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestWait wants a network that opens after six seconds to be found soon after
// that, and the report of a whole run.
func TestWait(t *testing.T) {
	p := build(t)
	needs(t, p)
	for _, c := range []struct {
		scenario string
		said     string
	}{
		{"endpoint-opens", "endpoint-blocked is resolved"},
		{"metadata-comes", "no Region"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			s := scenario(t, c.scenario)
			s.Args = nil
			o, err := p.run(t.Context(), s, "--wait", "30s")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("ended after %s:\n%s", o.took, o.stderr)
			if o.status != 0 || len(o.doc.Targets) < 6 {
				t.Errorf("status %d, %d targets\n%s", o.status, len(o.doc.Targets), text(o.doc))
			}
			// It ends by itself: --wait has not been waited for.
			if o.took > 30*time.Second || !strings.Contains(o.stderr, c.said) {
				t.Errorf("it took %s, and standard error is:\n%s", o.took, o.stderr)
			}
		})
	}
}
