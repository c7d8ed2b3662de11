//go:build !nobrowser

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

const openedBar = `document.getElementById('opened').innerText`

// press clicks the button whose label contains a text.
func (p *tab) press(words string) {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`[...document.querySelectorAll('button')].find((b) => b.textContent.includes(%q)).click()`, words)))
}

// TestSeveralReports opens a JSON report, a page, NDJSON and another file: a table shows
// each node's verdict, a click opens a report, and there are ways back.
func TestSeveralReports(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	dir := t.TempDir()
	put := func(name string, content func(*os.File) error) string {
		t.Helper()
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := content(f); err != nil {
			t.Fatal(err)
		}
		return f.Name()
	}
	broken, well, proxied := scenario(t, "endpoint-blocked"), scenario(t, "private-vpc"), scenario(t, "proxy-denied")
	well.Node.Hostname, proxied.Node.Hostname = "well-1", "proxied-1"
	files := []string{
		put("one.json", func(f *os.File) error { return report.JSON(f, broken) }),
		put("page.html", func(f *os.File) error { return report.HTML(f, well, pageOptions(well)) }),
		put("fleet.ndjson", func(f *os.File) error {
			if err := report.NDJSON(f, proxied); err != nil {
				return err
			}
			_, err := f.WriteString("\n{\"schema\": \"other\"}\n")
			if err == nil {
				err = report.NDJSON(f, broken)
			}
			return err
		}),
		put("empty.json", func(*os.File) error { return nil }),
	}
	p.open(well)
	if value[bool](p, `document.getElementById('opened').checkVisibility()`) {
		t.Error("the page's own report has a way back")
	}
	p.drop(files...)
	p.wait(`document.querySelector('.files') !== null`)
	if got := value[string](p, `document.querySelector('h1').textContent`); got != "3 of 4 reports fail, 2 causes" {
		t.Errorf("the heading is %q", got)
	}
	rows := strings.Join(value[[]string](p, `[...document.querySelectorAll('.files tbody tr')].map((r) => [...r.cells].map((c) => c.textContent).join('|'))`), "\n")
	for _, want := range []string{"|endpoint-blocked|us-east-2|", "|one.json", "PASS|well-1 (", "|page.html", "FAIL|proxied-1", "|proxy-denied|", "|fleet.ndjson, line 1", "|fleet.ndjson, line 4"} {
		if !strings.Contains(rows, want) {
			t.Errorf("the table does not have %q:\n%s", want, rows)
		}
	}
	if !strings.HasPrefix(rows, "FAIL") || strings.LastIndex(rows, "PASS") < strings.LastIndex(rows, "FAIL") {
		t.Errorf("what fails is not first:\n%s", rows)
	}
	refused := value[string](p, `document.getElementById('refused').innerText`)
	for _, want := range []string{"empty.json: the report is empty", "fleet.ndjson, line 3: not a report of ssmcheck"} {
		if !strings.Contains(refused, want) {
			t.Errorf("it is not said that %q: %s", want, refused)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		p.scheme(scheme)
		for _, poor := range value[[]string](p, strings.Replace(contrast, "seen < 50", "seen < 20", 1)) {
			t.Errorf("%s: %s", scheme, poor)
		}
		for _, width := range []int64{1280, 390, 320} {
			p.size(width, 844)
			p.picture(fmt.Sprintf("several-%s-%d", scheme, width))
			wantNoSidewaysScroll(p)
		}
	}

	p.press("proxied-1")
	p.wait(`document.querySelector('.hero').innerText.includes('judgement alone')`)
	if got := value[string](p, openedBar); !strings.Contains(got, "fleet.ndjson, line 1") {
		t.Errorf("the header does not name the file: %s", got)
	}
	p.press("Back to the 4 reports")
	p.wait(`document.querySelector('.files') !== null`)
	p.press("ip-10-0-2-10")
	p.wait(`document.querySelector('#path') !== null`)
	if got := value[string](p, openedBar); !strings.Contains(got, "one.json") {
		t.Errorf("the header does not name the file: %s", got)
	}
	p.press("Back to this page")
	p.wait(`document.querySelector('.badge').textContent === 'PASS' && document.querySelector('#as-text') !== null`)
	if value[bool](p, `document.getElementById('opened').checkVisibility()`) {
		t.Error("back at the page's own report there is a way back")
	}
	// The browser now saves the page's own report again.
	got, err := report.ReadJSON(strings.NewReader(value[string](p, `document.getElementById('report').textContent`)))
	if err != nil || compact(t, got) != compact(t, well) {
		t.Errorf("the page has another report in it (%v)", err)
	}
}

// TestSeveralHostile opens several hostile reports: nothing from them is markup.
func TestSeveralHostile(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	d := hostile(t)
	d.Node.Hostname, d.Node.Region = nasty[2]+nasty[7], nasty[0]
	names := write(t, `<img src=x onerror="window.pwned=1">.json`, func(f *os.File) error { return report.JSON(f, d) })
	p.drop(names, writePage(t, d), write(t, "<b>bad.html", func(f *os.File) error {
		_, err := f.WriteString(`<html><script>window.pwned=1</script><script type="application/json" id="report"><b>`)
		return err
	}))
	p.wait(`document.querySelector('.files') !== null`)
	for what, script := range map[string]string{
		"code of a report ran":          `'pwned' in window`,
		"markup of a report is":         `document.querySelector('main img, main script, main b, main iframe, main style') !== null`,
		"a character hides or reorders": `/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u0300-\u036f\u0590-\u08ff\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(document.body.innerText + document.title)`,
	} {
		if value[bool](p, script) {
			t.Error(what)
		}
	}
	p.size(320, 700)
	wantNoSidewaysScroll(p)
}

// TestManyReports opens more reports than the page can hold: it says so, and names the
// command that can read them.
func TestManyReports(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "private-vpc")
	p.open(d)
	var line strings.Builder
	if err := report.NDJSON(&line, d); err != nil {
		t.Fatal(err)
	}
	p.choose(write(t, "many.ndjson", func(f *os.File) error {
		_, err := f.WriteString(strings.Repeat(line.String(), 1001))
		return err
	}))
	p.wait(`document.getElementById('problem').textContent.includes('ssmcheck fleet')`)
	p.choose(write(t, "fits.ndjson", func(f *os.File) error {
		_, err := f.WriteString(strings.Repeat(line.String(), 1000))
		return err
	}))
	p.wait(`document.querySelectorAll('.files tbody tr').length > 500`)
	if got := value[string](p, `document.querySelector('h1').textContent`); got != "1000 reports, none fails" {
		t.Errorf("the heading is %q", got)
	}
}
