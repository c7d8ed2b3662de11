//go:build !nobrowser

package browser

import (
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestPictures renders reports of every kind in both schemes, at two widths and for print.
// SSMCHECK_PICTURES=DIR saves the pictures.
func TestPictures(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for name, d := range map[string]*report.Document{
		"all-well":           scenario(t, "private-vpc"),
		"one-cause":          scenario(t, "endpoint-blocked"),
		"three-causes":       scenario(t, "pair-clock-skew-endpoint-blocked +s3-policy-denies"),
		"hybrid-with-proxy":  scenario(t, "proxy-denied"),
		"nine-capabilities":  scenario(t, "pair-forwarder-missing-s3-policy --for all"),
		"forwarder-partial":  scenario(t, "dns-forwarder-partial"),
		"intercepted":        scenario(t, "tls-intercepted-trusted"),
		"s3-eight-addresses": scenario(t, "s3-eight-dropped"),
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(d)
			for _, c := range []string{"light", "dark"} {
				p.scheme(c)
				p.size(1280, 900)
				p.picture(name + "-" + c)
				p.size(390, 844)
				p.picture(name + "-" + c + "-phone")
			}
			p.paper()
			p.size(720, 1000)
			p.picture(name + "-print")
		})
	}
}
