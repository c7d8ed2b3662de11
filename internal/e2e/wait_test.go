//go:build linux

package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestWait: --wait ends soon after a network recovers, with the report of a whole run.
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
			o := p.run(t, s, "--wait", "30s")
			t.Logf("ended after %s:\n%s", o.took, o.stderr)
			if o.status != 0 || len(o.doc.Targets) < 6 {
				t.Errorf("status %d, %d targets\n%s", o.status, len(o.doc.Targets), text(o.doc))
			}
			// It ends before --wait elapses.
			if o.took > 30*time.Second || !strings.Contains(o.stderr, c.said) {
				t.Errorf("it took %s, and standard error is:\n%s", o.took, o.stderr)
			}
		})
	}
}
