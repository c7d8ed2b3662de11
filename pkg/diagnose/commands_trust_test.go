package diagnose

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestCurlTrustsNoLess: if the agent's service has roots of its own, curl is not made to
// verify what it may have no root for, and trusts no more where it should reject.
func TestCurlTrustsNoLess(t *testing.T) {
	const verifies, file = "curl -sS -o ", " --cacert /etc/corp/ca.pem --capath /dev/null "
	for _, test := range []struct {
		name           string
		trust          observation.TrustConfig
		works, refuses string // stand in the command
	}{
		{"the usual roots", observation.TrustConfig{}, verifies, verifies},
		{"a file", observation.TrustConfig{File: "/etc/corp/ca.pem"}, "curl -sSk -o ", file},
		{"directories", observation.TrustConfig{Directories: "/etc/corp"}, "curl -sSk -o ", " --capath /dev/null "},
		{"both", observation.TrustConfig{File: "/etc/corp/ca.pem", Directories: "/etc/corp"}, "curl -sSk -o ", file},
	} {
		for _, proxy := range []bool{false, true} {
			w := healthy()
			w.Node.Trust = test.trust
			untrust := func(h *observation.Handshake) { byBox(false)(h) }
			if proxy {
				w.through(proxyAt, func(name string, p *observation.ProxyObservation) {
					if name == "ssm" {
						untrust(p.Inside.Handshake)
					}
				})
			} else {
				w.certificate(untrust, "ssm")
			}
			f := newFacts(w.Observations)
			for name, want := range map[string]string{"ssmmessages": test.works, "ssm": test.refuses} {
				x := f.byName[name].paths[0]
				checks := []Check{f.try(x)}
				if proxy {
					checks = append(checks, f.through(x.proxyURL(), f.url(x), x.expect(), false))
				}
				for _, c := range checks {
					if !strings.Contains(c.Command, want) || strings.Contains(c.Command, "--capath") != strings.Contains(want, "--capath") ||
						strings.HasPrefix(c.Expect, untrusted) != (name == "ssm") {
						t.Errorf("%s, through a proxy: %t, %s: %s -> %s", test.name, proxy, name, c.Command, c.Expect)
					}
				}
			}
		}
	}
}
