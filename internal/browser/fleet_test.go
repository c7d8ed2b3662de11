//go:build !nobrowser

package browser

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/internal/fleetgen"
	"github.com/ssmcheck/ssmcheck/pkg/fleet"
	"github.com/ssmcheck/ssmcheck/pkg/fleet/render"
)

// fleetPage returns the page of a fleet's roll-up.
func fleetPage(t *testing.T, stdin string, paths ...string) string {
	t.Helper()
	r := fleet.NewRoll(fleetgen.Start)
	if err := r.Read(t.Context(), paths, strings.NewReader(stdin)); err != nil {
		t.Fatal(err)
	}
	return write(t, "fleet.html", func(f *os.File) error {
		return render.HTML(f, r.Rollup(fleet.Options{By: "region"}), render.Options{Top: 10})
	})
}

// TestFleetPage uses the page of 5,000 nodes as an admin would: it reads the causes, shows
// the nodes of one, searches, sorts, filters and turns pages. Only one page of nodes is
// drawn at a time.
func TestFleetPage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := (fleetgen.Fleet{Nodes: 5000, Rounds: 1}).Write(dir, false); err != nil {
		t.Fatal(err)
	}
	p := newTab(t, chromium(t))
	p.openFile(fleetPage(t, "", dir))
	p.wait(`document.querySelector('.nodes')`)
	if n := value[int](p, `document.getElementsByTagName('*').length`); n > 3000 {
		t.Errorf("the page has %d elements", n)
	}
	if h := value[string](p, `document.querySelector('h1').textContent`); h != "2 causes explain 2495 of 2505 failing nodes; other causes explain 10" {
		t.Errorf("the headline is %q", h)
	}
	if c := value[string](p, `document.querySelector('.causes li').innerText`); !strings.Contains(c, "dns-forwarder-broken") || !strings.Contains(c, "10.200.0.53") || !strings.Contains(c, "1995 failing (80%)") {
		t.Errorf("the first cause is %q", c)
	}
	where := func() string { return value[string](p, `document.querySelector('.pager span').textContent`) }
	first := func() string { return value[string](p, `document.querySelector('.nodes tbody tr').innerText`) }
	want := func(what, got, want string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	want("all nodes", where(), "1 to 100 of 4995")
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.causes button')[1].click()`))
	want("the nodes of the second cause", where(), "1 to 100 of 500")
	want("the nodes of the second cause", first(), "endpoint-blocked")
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.pager button')[1].click()`))
	want("the next page", where(), "101 to 200 of 500")
	set := func(selector, value string) {
		p.do(chromedp.Evaluate[chromedp.Void](`{ const e = document.querySelector(` + quoteJS(selector) + `); e.value = ` + quoteJS(value) +
			`; e.dispatchEvent(new Event(e.tagName === 'INPUT' ? 'input' : 'change')); }`))
	}
	set("#cause", "")
	set(".tools input", "ip-10-2-0-36 us-east-2")
	want("searching", where(), "1 to 1 of 1")
	set(".tools input", "")
	set(".tools label:nth-child(4) select", "role=web")
	want("a label", first(), "role=web")
	set(".tools input", "no such node")
	want("nothing found", where(), "no node")
	set(".tools input", "")
	set(".tools label:nth-child(4) select", "")
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.nodes th button')[0].click()`))
	want("sorted by verdict, downwards", first(), "pass")
	if s := value[string](p, `document.querySelector('.nodes th').getAttribute('aria-sort')`); s != "descending" {
		t.Errorf("aria-sort is %q", s)
	}
	p.picture("fleet")
	for _, width := range []int64{360, 800, 1280} {
		p.size(width, 900)
		wantNoSidewaysScroll(p)
	}
	p.size(390, 844)
	p.scheme("dark")
	p.picture("fleet-phone")
	p.paper()
	if value[bool](p, `getComputedStyle(document.querySelector('.tools')).display !== 'none'`) {
		t.Error("the search field is printed")
	}
}

// TestFleetPageHostile: markup in reports remains text, and the page's policy has nothing
// to block.
func TestFleetPageHostile(t *testing.T) {
	t.Parallel()
	evil := `</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\u202e\u0000`
	line := strings.ReplaceAll(`{"schema":"ssmcheck.report/v1","started_at":"2026-01-02T03:04:05Z","verdict":"fail","node":{"instance_id":"EVIL","hostname":"EVIL","region":"EVIL"},
"labels":{"EVIL":"EVIL"},"findings":[{"code":"EVIL","severity":"error","title":"EVIL","fix":["EVIL"],"object":{"kind":"EVIL","id":"EVIL"}}]}`, "EVIL", evil)
	p := newTab(t, chromium(t))
	p.openFile(fleetPage(t, line+"\n{\"schema\":\""+evil+"\"}", fleet.StandardInput))
	p.wait(`document.querySelector('.nodes')`)
	if value[bool](p, `window.pwned === 1 || document.querySelector('img') !== null`) {
		t.Error("a text of a report became an element")
	}
	if !value[bool](p, `document.querySelector('.causes').innerText.includes('<img src=x')`) {
		t.Error("the text is not shown")
	}
	if value[bool](p, `/[\u202e\0]/.test(document.getElementById('main').textContent)`) {
		t.Error("a character that reorders text is shown as it is")
	}
}

func quoteJS(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }
