//go:build !nobrowser

package browser

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// keep writes the page as a browser saves it: what is drawn now, after a comment and an
// encoding.
func (p *tab) keep() string {
	p.t.Helper()
	drawn := value[string](p, `document.documentElement.outerHTML`)
	drawn = strings.Replace(drawn, "<head>", `<head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">`, 1)
	return write(p.t, "saved page.html", func(f *os.File) error {
		_, err := f.WriteString("<!DOCTYPE html>\n<!-- saved from url=(0014)about:internet -->\n" + drawn)
		return err
	})
}

// TestSavedPageWorks saves the page as it is drawn, and opens it: it is the same page, and
// still works.
func TestSavedPageWorks(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	broken, healthy := scenario(t, "endpoint-blocked"), scenario(t, "private-vpc")
	broken.Notes = append(broken.Notes, `</script><!-- <script> \u003c \\u003c &lt; & > `+"\u2028")
	for name, open := range map[string]func(*tab){
		"its own report": func(p *tab) { p.open(broken) },
		"another report": func(p *tab) {
			p.open(healthy)
			p.choose(writeJSON(t, broken))
			p.wait(`document.querySelector('.badge').textContent === 'FAIL'`)
		},
		"with a refusal, and all open": func(p *tab) {
			p.open(broken)
			p.choose(write(t, "no.json", func(f *os.File) error { return nil }))
			p.wait(`document.getElementById('problem').textContent !== ''`)
			p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
			p.wait(`document.querySelector('#as-json pre').textContent.length > 1000`)
			p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = false; })`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := clipboardTab(t, chrome)
			open(p)
			whole := value[string](p, `document.getElementById('main').innerText`)
			for round := range 2 {
				p.openFile(p.keep())
				if diff := cmp.Diff(whole, value[string](p, `document.getElementById('main').innerText`)); diff != "" {
					t.Fatalf("saved %d times the page shows:\n%s", round+1, diff)
				}
				for what, script := range map[string]string{
					"something is there twice":  `(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return new Set(ids).size !== ids.length; })()`,
					"the style does not hold":   `getComputedStyle(document.querySelector('.badge')).borderRadius === '0px'`,
					"what was refused is there": `document.getElementById('problem').textContent !== ''`,
					"a copy button is dead":     `(() => { const b = document.querySelector('.command .copy'); b.click(); return false; })()`,
				} {
					if value[bool](p, script) {
						t.Errorf("saved %d times: %s", round+1, what)
					}
				}
				p.wait(`/Copied|Selected/.test(document.querySelector('.command .copy').textContent)`)
				p.wait(`document.querySelector('.command .copy').textContent === 'Copy'`)
			}
			got := p.saveJSON()
			if diff := cmp.Diff(compact(t, broken), compact(t, got)); diff != "" {
				t.Errorf("the saved page saves another report:\n%s", diff)
			}
			p.choose(writeJSON(t, healthy))
			p.wait(`document.querySelector('.badge').textContent === 'PASS'`)
		})
	}
}

// TestSnapshotShowsTheReport opens the page as MHTML, which runs no script.
func TestSnapshotShowsTheReport(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "endpoint-blocked"))
	whole := value[string](p, `document.getElementById('main').innerText`)
	shot := call(p, page.CaptureSnapshot, page.CaptureSnapshotParams{Format: "mhtml"})
	p.openFile(write(t, "report.mhtml", func(f *os.File) error {
		_, err := f.WriteString(shot.Data)
		return err
	}))
	if diff := cmp.Diff(whole, value[string](p, `document.getElementById('main').innerText`)); diff != "" {
		t.Errorf("the snapshot shows:\n%s", diff)
	}
	p.picture("snapshot")
	p.forget() // the browser reports that no script runs
}

func compact(t *testing.T, d *report.Document) string {
	t.Helper()
	var b strings.Builder
	if err := report.JSON(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// saveJSON presses the button, and reads what was saved.
func (p *tab) saveJSON() *report.Document {
	p.t.Helper()
	content := p.savedJSON()
	d, err := report.ReadJSON(bytes.NewReader(content))
	if err != nil {
		p.t.Fatalf("%d bytes were saved: %v", len(content), err)
	}
	return d
}

func (p *tab) savedJSON() []byte {
	p.t.Helper()
	dir := p.t.TempDir()
	if _, err := chromedp.CallBrowser(p, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: p.profile(), DownloadPath: dir}); err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.Click("#save"))
	var content []byte
	for deadline := time.Now().Add(patience); len(content) == 0 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if files, _ := filepath.Glob(filepath.Join(dir, "ssmcheck*.json")); len(files) > 0 {
			content, _ = os.ReadFile(files[0])
			p.savedAs = filepath.Base(files[0])
		}
	}
	return content
}

// TestSavesWhatIsRead saves the largest report from its page, full of escaped characters:
// ReadJSON and the page can read the file again.
func TestSavesWhatIsRead(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	for _, fill := range []string{"&>", `\`, "\x1b"} {
		large := scenario(t, "private-vpc")
		large.Observations.Targets[0].Addresses[0].Reply.Body = strings.Repeat(fill, (report.MaxDocument-len(compact(t, d))-200_000)/len(escaped(t, fill)))
		p.open(large)
		content := p.savedJSON()
		got, err := report.ReadJSON(bytes.NewReader(content))
		if err != nil {
			t.Errorf("%q: saved are %d bytes: %v", fill, len(content), err)
			continue
		}
		if compact(t, got) != compact(t, large) {
			t.Errorf("%q: the saved report is another", fill)
		}
		path := write(t, "again.json", func(f *os.File) error { _, err := f.Write(content); return err })
		p.choose(path)
		p.wait(`document.getElementById('hint').textContent.includes('again.json')`)
		if again := p.savedJSON(); !bytes.Equal(content, again) {
			t.Errorf("%q: saved again it has %d bytes, not %d", fill, len(again), len(content))
		}
	}
}

// escaped returns a text as JSON escapes it.
func escaped(t *testing.T, s string) string {
	t.Helper()
	d := &report.Document{}
	without := len(compact(t, d))
	d.Schema = s
	return strings.Repeat(".", len(compact(t, d))-without)
}

// TestOddFiles opens files that no run writes: the page explains, and throws no exception.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	const whole = `{"schema": "ssmcheck.report/v1", "verdict": "fail", "capabilities": [], "findings": [],
		"targets": [{"name": "ssm", "asked": true, "verdict": "fail"}], "observations": {%s}}`
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	times := func(ms string) string {
		return fmt.Sprintf(whole, strings.ReplaceAll(`"duration_ms": #, "plan": {"deadline_ms": #}, "system_lookups": [{"host": "", "elapsed_ms": #}],
			"targets": [{"name": "ssm", "addresses": [{"address": "10.0.0.1", "connect": {"elapsed_ms": #}, "handshake": {"elapsed_ms": #},
			"reply": {"elapsed_ms": #, "status": #, "failure": {"kind": "timeout"}}}]}]`, "#", ms))
	}
	for name, c := range map[string]struct{ content, refused string }{
		"nested.json":    {fmt.Sprintf(whole, `"x": `+deep(9_000)), ""},
		"deep.json":      {fmt.Sprintf(whole, `"x": `+deep(20_000)), "it is nested too deep"},
		"brackets.json":  {strings.Repeat("[", 1<<20), "more values than a run makes"},
		"strings.json":   {strings.Repeat(`["`, 1<<19), "more values than a run makes"},
		"large.json":     {times("1e308"), ""},
		"infinite.json":  {times("1e400"), ""},
		"exponent.json":  {times("1" + strings.Repeat("0", 5000)), ""},
		"small.json":     {times("5e-324"), ""},
		"zero.json":      {times("-0"), ""},
		"date.json":      {strings.Replace(times("1"), `"verdict"`, `"started_at": "+275760-09-13T00:00:00Z", "verdict"`, 1), ""},
		"prototype.json": {strings.Replace(times("1"), `"verdict"`, `"__proto__": {"x": 1}, "constructor": null, "verdict"`, 1), ""},
		"needs.json":     {fmt.Sprintf(whole, `"plan": {"needs": {"a": 7, "b": [7, ["x", []]], "c": null}}`), ""},
		"unpaired.json":  {fmt.Sprintf(whole, `"plan": {"region": "\ud83d"}`), ""},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('problem').replaceChildren(); document.getElementById('hint').textContent = ''`))
		p.choose(path)
		p.wait(`document.getElementById('hint').textContent !== '' || document.getElementById('problem').textContent !== ''`)
		said := value[string](p, `document.getElementById('problem').textContent`)
		if (said == "") != (c.refused == "") || !strings.Contains(said, c.refused) {
			t.Errorf("%s: the page says %q, want %q", name, said, c.refused)
		}
		if strings.Contains(said, "cannot be drawn") {
			t.Errorf("%s: those are the browser's words, not the page's: %s", name, said)
		}
		if c.refused != "" {
			continue
		}
		p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
		p.wait(`document.querySelector('#as-json pre').textContent.length > 100`)
		if drawn := value[string](p, `document.getElementById('main').innerHTML.replace(/<pre[^]*/, '')`); strings.Contains(drawn, "NaN") || strings.Contains(drawn, "Infinity") || strings.Contains(drawn, "undefined") {
			t.Errorf("%s: what is drawn has no number in it", name)
		}
	}
}

// TestRefusesWhatIsNoReport drops a directory. If two files are opened in quick succession,
// the page shows the later one.
func TestRefusesWhatIsNoReport(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	broken := writeJSON(t, scenario(t, "endpoint-blocked"))
	folder := t.TempDir()
	p.drop(folder)
	p.wait(`document.getElementById('problem').textContent.includes('is it a folder')`)
	p.drop(broken)
	p.drop(write(t, "empty.json", func(*os.File) error { return nil }))
	p.wait(`document.getElementById('problem').textContent.includes('empty.json')`)
}

// TestRefusalIsSeen scrolls down and opens an unreadable file: the message is visible, has
// the focus, and a key closes it.
func TestRefusalIsSeen(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "endpoint-blocked"))
	for _, height := range []int64{900, 500} {
		p.size(map[int64]int64{900: 1280, 500: 320}[height], height)
		p.do(chromedp.Evaluate[chromedp.Void](`scrollTo(0, document.body.scrollHeight)`))
		before := value[float64](p, `scrollY`)
		if before < 200 {
			t.Fatalf("the page is scrolled to %v only", before)
		}
		p.choose(write(t, "empty.json", func(*os.File) error { return nil }))
		p.wait(`document.getElementById('problem').textContent.includes('the report is empty')`)
		for what, script := range map[string]string{
			"in sight": `(() => {
				const e = document.querySelector('#problem strong');
				const box = e.getBoundingClientRect();
				return document.elementFromPoint(box.left + 2, box.top + box.height / 2)?.closest('#problem') !== null && box.top >= 0 && box.bottom <= innerHeight;
			})()`,
			"an alert":      `document.getElementById('problem').getAttribute('role') === 'alert'`,
			"what is read":  `document.activeElement.id === 'problem'`,
			"where it was":  fmt.Sprintf(`Math.abs(scrollY - %v) < 100`, before),
			"not too large": `document.getElementById('problem').getBoundingClientRect().height <= innerHeight / 2`,
		} {
			if !value[bool](p, script) {
				t.Errorf("at %d pixels the refusal is not %s", height, what)
			}
		}
		p.picture(fmt.Sprint("refused-below-", height))
		wantNoSidewaysScroll(p)
		p.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
		p.wait(`document.getElementById('problem').textContent === ''`)
	}
}
