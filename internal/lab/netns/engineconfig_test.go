package netns

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
)

// TestEngineConfig checks for the forwards and the filter in each configuration. The
// end-to-end test shows that the programs accept it.
func TestEngineConfig(t *testing.T) {
	n := &lab.Nameserver{
		Address: netip.MustParseAddr("10.0.0.53"), StripPrivate: true,
		Forwards: []lab.Forward{{Zone: ".", To: lab.InternetDNS}, {Zone: "amazonaws.com", To: netip.MustParseAddr("10.0.0.2")}},
	}
	for name, c := range map[string]struct {
		text  string
		wants []string
	}{
		"unbound": {unboundConfig(n, "/run/x"), []string{"interface: 10.0.0.53", `name: "amazonaws.com."`, "forward-addr: 10.0.0.2", "private-address: 10.0.0.0/8"}},
		"named":   {bindConfig(n, "/run/x"), []string{"listen-on { 10.0.0.53; }", `zone "amazonaws.com."`, "forwarders { 10.0.0.2; }", "deny-answer-addresses"}},
		"dnsmasq": {dnsmasqConfig(n), []string{"listen-address=10.0.0.53", "server=/amazonaws.com/10.0.0.2", "stop-dns-rebind"}},
	} {
		for _, want := range append(c.wants, lab.InternetDNS.String()) {
			if !strings.Contains(c.text, want) {
				t.Errorf("%s: no %q in\n%s", name, want, c.text)
			}
		}
	}
}
