package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestLookupRows: the system's lookup does not say whether a name exists, nor
// what a nameserver said. NXDOMAIN is a nameserver's own word.
func TestLookupRows(t *testing.T) {
	for _, test := range []struct {
		kind  observation.Kind
		row   string
		event string
		never []string
	}{
		{observation.KindNXDomain, "dns: no address found", "dns: no address found", []string{"no such name"}},
		{observation.KindOther, "dns: the lookup failed", "dns: the lookup failed", []string{"misbehaving"}},
		{observation.KindTimeout, "dns: no answer in", "dns: no answer", nil},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			d := resolver()
			failure := &observation.Failure{Op: observation.OpLookup, Kind: test.kind, Text: "lookup x on 10.0.0.2:53: server misbehaving"}
			for i := range d.Observations.System {
				d.Observations.System[i].Failure = failure
			}
			var ticket bytes.Buffer
			if err := report.Markdown(&ticket, d); err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]string{
				"verbose text": text(t, d, report.TextOptions{Verbose: true}), "markdown": ticket.String(),
			} {
				if !strings.Contains(got, test.row) {
					t.Errorf("%s: no row has %q", name, test.row)
				}
				for _, never := range test.never {
					if strings.Contains(got, never) {
						t.Errorf("%s: %q stands in it", name, never)
					}
				}
			}
			if got := report.FailureWords(failure); got != test.event {
				t.Errorf("progress says %q, want %q", got, test.event)
			}
		})
	}
}

// TestServersOwnAnswer: a verbose report keeps the code that a nameserver gave.
func TestServersOwnAnswer(t *testing.T) {
	d := resolver()
	d.Observations.Servers = []observation.ServerObservation{{Answers: []observation.Answer{{
		Name: host("ssm"), Type: "A", Rcode: "NXDOMAIN", Elapsed: ms(2), Failure: &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain},
	}}}}
	if got := text(t, d, report.TextOptions{Verbose: true}); !strings.Contains(got, host("ssm")+" A: NXDOMAIN (2ms)") {
		t.Errorf("the nameserver's NXDOMAIN is missing:\n%s", got)
	}
}

// TestProxyNotResolved: what was not connected to has no row of its own.
func TestProxyNotResolved(t *testing.T) {
	d := broken()
	failure := &observation.Failure{Op: observation.OpLookup, Kind: observation.KindNXDomain}
	d.Observations.Targets[0].Proxy = &observation.ProxyObservation{
		URL: "http://proxy.example:3128", Lookup: &observation.SystemLookup{Host: "proxy.example", Failure: failure, Elapsed: ms(8)},
		Connect: &observation.Connect{Failure: failure},
	}
	got := text(t, d, report.TextOptions{Verbose: true})
	if !strings.Contains(got, "dns: no address found") || strings.Contains(got, "tcp: no address") {
		t.Errorf("the proxy's row:\n%s", got)
	}
}
