//go:build !nobrowser

package browser

import (
	"os"
	"strings"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/lab"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestOpensNoProxySecret opens reports by an older version, with a proxy's secret in every
// setting and in a text that quotes it. The secret is neither in the page nor in what the
// page saves; settings without one are unchanged.
func TestOpensNoProxySecret(t *testing.T) {
	t.Parallel()
	const secret = "S3cr3tOfTheProxy"
	p := newTab(t, chromium(t))
	shapes := lab.ProxySecrets(secret)
	for len(shapes) > 0 {
		d := scenario(t, "private-vpc")
		n := &d.Observations.Node.Proxy
		places := []*string{&n.HTTPS, &n.HTTP, &n.ShellHTTPS, &n.Metadata, &n.No, &n.ShellNo}
		n.Unused = make([]observation.UnusedProxy, 1)
		places = append(places, &n.Unused[0].URL)
		for i := range d.Observations.Plan.Targets {
			x := &d.Observations.Plan.Targets[i]
			x.UnusedProxy = new(observation.UnusedProxy)
			places = append(places, &x.Proxy, &x.UnusedProxy.URL)
		}
		for i := range d.Observations.Targets {
			x := &d.Observations.Targets[i]
			x.Proxy, x.ShellProxy, x.UnusedProxy = new(observation.ProxyObservation), new(observation.ProxyObservation), new(observation.ProxyObservation)
			places = append(places, &x.Proxy.URL, &x.ShellProxy.URL, &x.UnusedProxy.URL)
		}
		some := shapes[:min(len(shapes), len(places))]
		shapes = shapes[len(some):]
		for i, shape := range some {
			*places[i] = shape
			d.Notes = append(d.Notes, "it goes through "+shape+": refused")
		}
		p.open(scenario(t, "private-vpc"))
		p.choose(writeJSON(t, d))
		p.wait(`document.getElementById('hint').textContent.includes('opened in this page')`)
		if page := value[string](p, `document.documentElement.outerHTML`); strings.Contains(page, secret) {
			i := strings.Index(page, secret)
			t.Errorf("the page has …%.120s", page[max(0, i-60):])
		}
		if saved := string(p.savedJSON()); strings.Contains(saved, secret) {
			i := strings.Index(saved, secret)
			t.Errorf("saved is …%.120s", saved[max(0, i-60):])
		}
	}

	// A password may be a word that the report uses too.
	d := scenario(t, "private-vpc")
	d.Observations.Node.Proxy.HTTPS = "http://user:pass@10.0.0.9:3128"
	p.open(scenario(t, "endpoint-blocked"))
	p.choose(writeJSON(t, d))
	p.wait(`document.querySelector('.badge').textContent === 'PASS'`)

	d = scenario(t, "private-vpc")
	for i, shown := range []string{"http://user:***@proxy.corp.example:3128", "http://***@10.0.0.9:3128", "socks5://[fd00::9]:1080", "http://proxy:3128", "***"} {
		d.Observations.Plan.Targets[i].Proxy = shown
	}
	d.Observations.Node.Proxy.No = "169.254.169.254,10.0.0.0/16,.amazonaws.com,[fd00::9]"
	p.choose(write(t, "last.json", func(f *os.File) error { return report.JSON(f, d) }))
	p.wait(`document.getElementById('hint').textContent.includes('last.json')`)
	got, err := report.ReadJSON(strings.NewReader(string(p.savedJSON())))
	if err != nil {
		t.Fatal(err)
	}
	if compact(t, got) != compact(t, d) {
		t.Error("a report without a secret is another after it was opened")
	}
}
