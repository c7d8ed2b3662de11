package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What a server or a file may fill stays only in the form that AWS gives it.
func TestRedactForms(t *testing.T) {
	for _, c := range []struct {
		id    string
		stays bool
	}{
		{"8d3c7f52-4d0b-4c0e-9a55-1f6f0e2c7a10", true}, {"4442587FB7D0A2F9", true},
		{"node17.quokkacorp.internal jsmith 10.77.8.9", false}, {"quokkacorp", false}, {"8d3c7f52-jsmith", false},
	} {
		d := healthy()
		d.Observations.Targets[0].Addresses[0].Reply.RequestID = c.id
		note(d, "(request id "+c.id+")")
		out := redacted(t, d)
		if got := out.Observations.Targets[0].Addresses[0].Reply.RequestID; (got == c.id) != c.stays || (noteOf(out) == noteOf(d)) != c.stays {
			t.Errorf("%s became %s, %s", c.id, got, noteOf(out))
		}
	}
	d := healthy()
	n := &d.Observations.Node
	for _, name := range []string{"Amazon Linux 2023.6.20241212", "Ubuntu 22.04.5 LTS", "Debian GNU/Linux 12 (bookworm)", "Red Hat Enterprise Linux 9.4 (Plow)",
		"SUSE Linux Enterprise Server 15 SP6", "Rocky Linux 9.4 (Blue Onyx)", "CentOS Stream 9", "Oracle Linux Server 9.4", "Bottlerocket OS 1.20.0 (aws-k8s-1.29)", "10.0.20348"} {
		n.OSVersion = name
		if got := redacted(t, d).Observations.Node.OSVersion; got != name {
			t.Errorf("%s became %s", name, got)
		}
	}
	n.OSVersion, n.Registration.Region, n.Agent.Version = "QuokkaCorp Linux 9 on node17", "quokkacorp-west-1", "3.3.1142.0"
	d.Observations.Ranges = observation.Ranges{Given: true, SyncToken: "1718000000", Created: "2024-06-10-06-13-20"}
	o := redacted(t, d).Observations
	if text := o.Node.OSVersion + o.Node.Registration.Region; strings.Contains(strings.ToLower(text), "quokka") || strings.Contains(text, "node17") {
		t.Error(text)
	}
	if got := []string{o.Node.Agent.Version, o.Ranges.SyncToken, o.Ranges.Created}; !slices.Equal(got, []string{"3.3.1142.0", "1718000000", "2024-06-10-06-13-20"}) {
		t.Errorf("the forms became %v", got)
	}
}
