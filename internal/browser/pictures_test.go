//go:build !nobrowser

package browser

import "testing"

// TestPictures draws reports of every kind in both schemes, at two widths and
// for paper. SSMCHECK_PICTURES=DIR keeps the pictures to be looked at.
func TestPictures(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for _, name := range []string{"private-vpc", "endpoint-blocked", "dns-forwarder-partial", "tls-intercepted-trusted", "proxy-denied"} {
		t.Run(name, func(t *testing.T) {
			d := scenario(t, name)
			p := newTab(t, browser)
			p.open(d)
			for _, c := range []string{"light", "dark"} {
				p.scheme(c)
				p.size(1280, 900)
				p.picture(name + "-" + c)
				p.size(320, 700)
				p.picture(name + "-" + c + "-phone")
			}
			p.paper()
			p.size(720, 1000)
			p.picture(name + "-print")
		})
	}
}
