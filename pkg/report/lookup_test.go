package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/probe"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestLookupRows: the system's lookup does not say whether a name exists, nor
// what a nameserver said. NXDOMAIN is a nameserver's own word.
func TestLookupRows(t *testing.T) {
	for _, test := range []struct {
		kind  probe.Kind
		row   string
		event string
		never []string
	}{
		{probe.KindNXDomain, "dns: no address found", "dns: no address found", []string{"no such name"}},
		{probe.KindOther, "dns: the lookup failed", "dns: the lookup failed", []string{"misbehaving"}},
		{probe.KindTimeout, "dns: no answer in", "dns: no answer", nil},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			d := resolver()
			failure := &probe.Failure{Op: probe.OpLookup, Kind: test.kind, Text: "lookup x on 10.0.0.2:53: server misbehaving"}
			for i := range d.Observations.System {
				d.Observations.System[i].Failure = failure
			}
			var ticket bytes.Buffer
			if err := report.Markdown(&ticket, d); err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]string{
				"text": text(t, d, report.TextOptions{}), "verbose text": text(t, d, report.TextOptions{Verbose: true}), "markdown": ticket.String(),
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
	d.Observations.Servers = []probe.ServerObservation{{Answers: []probe.Answer{{
		Name: host("ssm"), Type: "A", Rcode: "NXDOMAIN", Elapsed: ms(2), Failure: &probe.Failure{Op: probe.OpLookup, Kind: probe.KindNXDomain},
	}}}}
	if got := text(t, d, report.TextOptions{Verbose: true}); !strings.Contains(got, host("ssm")+" A: NXDOMAIN (2ms)") {
		t.Errorf("the nameserver's NXDOMAIN is not told:\n%s", got)
	}
}

// TestProxyNotResolved: what was not connected to has no row of its own.
func TestProxyNotResolved(t *testing.T) {
	d := broken()
	failure := &probe.Failure{Op: probe.OpLookup, Kind: probe.KindNXDomain}
	d.Observations.Targets[0].Proxy = &probe.ProxyObservation{
		URL: "http://proxy.example:3128", Lookup: &probe.SystemLookup{Host: "proxy.example", Failure: failure, Elapsed: ms(8)},
		Connect: &probe.Connect{Failure: failure},
	}
	got := text(t, d, report.TextOptions{})
	if !strings.Contains(got, "dns: no address found") || strings.Contains(got, "tcp: no address") {
		t.Errorf("the proxy's row:\n%s", got)
	}
}
