//go:build !nobrowser

package browser

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestIgnoredErrorIsSaid: the page does not say that something can work if it passes only
// because --ignore accepts its error.
func TestIgnoredErrorIsSaid(t *testing.T) {
	o := scenario(t, "endpoint-blocked").Observations
	o.Plan.Ignore = []string{string(diagnose.EndpointBlocked)}
	p := newTab(t, chromium(t))
	p.open(report.New("1.2.3", diagnose.Judge(o), o))
	said := value[string](p, `document.querySelector('.hero').innerText`)
	for _, want := range []string{"can work from this node; errors are ignored for Session Manager (--ignore)", "counts as working; ignored: endpoint-blocked"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q, but\n%s", want, said)
		}
	}
}
