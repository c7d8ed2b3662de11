package diagnose

import (
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// TestSocksProxyInItsOwnWords: no HTTP status is reported for a SOCKS5 proxy.
func TestSocksProxyInItsOwnWords(t *testing.T) {
	w := healthy()
	w.hybrid()
	w.failsAll(vpcPlus2, observation.KindNXDomain, "")
	w.System = nil
	w.through("socks5://proxy.example.com:1080", func(name string, p *observation.ProxyObservation) {
		refuses(407)(name, p)
		p.Tunnel.Socks = "no acceptable methods"
	})
	r := Judge(w.Observations)
	if len(r.Findings) == 0 || r.Findings[0].Code != ProxyAuthRequired {
		t.Fatalf("findings %+v, want %s", r.Findings, ProxyAuthRequired)
	}
	f := r.Findings[0]
	for _, test := range []struct{ text, want string }{
		{strings.Join(f.Evidence, "\n"), "answered over SOCKS5"},
		{strings.Join(f.Evidence, "\n"), "no acceptable methods"},
		{strings.Join(f.Confirm, "\n"), "-x socks5h://proxy.example.com:1080"},
		{strings.Join(f.Fix, "\n"), "socks5://USER:PASSWORD@HOST:PORT"},
	} {
		if !strings.Contains(test.text, test.want) {
			t.Errorf("%q, want %q in it", test.text, test.want)
		}
	}
	if strings.Contains(strings.Join(f.Evidence, "\n"), "407") {
		t.Errorf("evidence %q names a status that was not given", f.Evidence)
	}
}
