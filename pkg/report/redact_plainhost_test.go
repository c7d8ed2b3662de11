package report_test

import (
	"strings"
	"testing"
)

// TestRedact_plainHost: the host that an older agent uses in place of the target's
// is one, also where it is a single word
// that stays in a text.
func TestRedact_plainHost(t *testing.T) {
	for _, host := range []string{"accounts", "quokkabox", "ssm.quokkacorp"} {
		d := healthy()
		d.Observations.Plan.Targets[0].PlainHost = host
		if got := redacted(t, d).Observations.Plan.Targets[0].PlainHost; got == "" || strings.Contains(got, "quokka") || got == host {
			t.Errorf("%s became %q", host, got)
		}
	}
	d := healthy()
	d.Observations.Plan.Targets[0].PlainHost = "ssm.us-east-2.amazonaws.com"
	if got := redacted(t, d).Observations.Plan.Targets[0].PlainHost; got != "ssm.us-east-2.amazonaws.com" {
		t.Errorf("AWS's own name became %q", got)
	}
}
