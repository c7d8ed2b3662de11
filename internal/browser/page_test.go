//go:build !nobrowser

package browser

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// TestSaysTheSame: the page begins like the text report, and contains every finding,
// target, capability and note of the report.
func TestSaysTheSame(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	list := map[string]*report.Document{}
	for _, name := range []string{
		"private-vpc", "endpoint-blocked", "dns-forwarder-partial", "tls-intercepted-trusted", "egress-blocked", "proxy-denied",
		"imds-unreachable", "endpoint-not-private-wanted", "region-without-ec2messages",
	} {
		list[name] = scenario(t, name)
	}
	for name, change := range map[string]func(*report.Document){
		"deadline": func(d *report.Document) {
			d.Undecided, d.Verdict, d.Observations.Ending = true, diagnose.Warn, observation.EndingDeadline
		},
		"interrupted": func(d *report.Document) {
			d.Undecided, d.Verdict, d.Observations.Ending = true, diagnose.Warn, observation.EndingInterrupted
		},
		"unsure":     func(d *report.Document) { d.Verdict, d.Capabilities[1].Verdict = diagnose.Warn, diagnose.Warn },
		"nothing":    func(d *report.Document) { d.Verdict, d.Capabilities = diagnose.Pass, nil },
		"no verdict": func(d *report.Document) { d.Verdict = "" },
		"skipped":    func(d *report.Document) { d.Verdict = diagnose.Skip },
	} {
		list[name] = scenario(t, "private-vpc")
		change(list[name])
	}
	for name, d := range list {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(d)
			var brief strings.Builder
			if err := report.Text(&brief, d, report.TextOptions{Brief: true, Width: 10_000}); err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(brief.String(), "\n")
			verdict, words, _ := strings.Cut(first, "  ")
			words, _, _ = strings.Cut(words, ": ")
			if got := value[string](p, `document.querySelector('.hero .badge').textContent`); got != verdict {
				t.Errorf("the page's verdict is %q, the text report's %q", got, verdict)
			}
			if got := value[string](p, `document.querySelector('h1').textContent`); !strings.EqualFold(got, strings.TrimSuffix(words, ":")) {
				t.Errorf("the page begins %q, the text report %q", got, words)
			}
			page := value[string](p, `document.getElementById('main').textContent`)
			want := d.Notes
			for _, f := range d.Findings {
				want = append(want, string(f.Code), f.Title)
				want = append(append(append(want, f.Evidence...), f.Confirm...), f.Fix...)
			}
			for _, r := range d.Targets {
				want = append(want, r.Name, r.Host)
			}
			for _, c := range d.Capabilities {
				want = append(want, c.Name.Title())
			}
			for _, s := range want {
				// Text in backticks is drawn as code.
				if !strings.Contains(page, strings.ReplaceAll(s, "`", "")) {
					t.Errorf("the page does not say %q", s)
				}
			}
			drawn, first := value[string](p, `document.title`), titleOf(t, d)
			if drawn != first {
				t.Errorf("drawn, the page has the title %q; without JavaScript %q", drawn, first)
			}
		})
	}
}

// titleOf returns the title as the page shows it.
func titleOf(t *testing.T, d *report.Document) string {
	t.Helper()
	var b strings.Builder
	if err := report.HTML(&b, d, report.HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(b.String(), "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	return html.UnescapeString(title)
}

// TestTheBreak: the picture marks where the path breaks.
func TestTheBreak(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for name, want := range map[string]string{
		"private-vpc":           "",
		"endpoint-blocked":      "Address",
		"dns-forwarder-partial": "Nameserver",
		"tls-wrong-name":        "TLS",
		"http-not-aws":          "Service",
		"proxy-denied":          "Proxy",
		"imds-unreachable":      "Node",
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			got := value[string](p, `document.querySelector('.mark-broken .station-title')?.textContent ?? ''`)
			if got != want {
				t.Errorf("the break is at %q, want %q", got, want)
			}
			if want != "" && value[int](p, `document.querySelectorAll('.mark-broken .break-word').length`) == 0 {
				t.Error("no word says that the way breaks")
			}
		})
	}
}

// TestHostile opens a report full of markup: none of it becomes an element or runs, and
// every deceptive character is shown as an escape.
func TestHostile(t *testing.T) {
	t.Parallel()
	d := hostile(t)
	for name, open := range map[string]func(*tab){
		"embedded": func(p *tab) { p.open(d) },
		"chosen": func(p *tab) {
			p.open(scenario(t, "private-vpc"))
			p.do(chromedp.SetUploadFiles("#file", []string{writeJSON(t, d)}))
			p.wait(`document.getElementById('hint').textContent.includes('report.json')`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, chromium(t))
			open(p)
			p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
			p.wait(`document.querySelector('#as-json pre').textContent.length > 1000`)
			for what, script := range map[string]string{
				"code of the report ran":         `'pwned' in window`,
				"markup of the report is":        `document.querySelector('main img, main script, main b, main iframe, main style') !== null`,
				"an element handles events":      `[...document.querySelectorAll('*')].some((e) => e.getAttributeNames().some((n) => n.startsWith('on') || n === 'style'))`,
				"a link leads away":              `[...document.querySelectorAll('a')].some((a) => !/^#/.test(a.getAttribute('href')) && !/^[a-z0-9-]+$/.test(a.href.replace('` + diagnose.ManualPage + `', '')))`,
				"a character hides or reorders":  `/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u0300-\u036f\u0590-\u08ff\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(document.body.innerText + document.title)`,
				"an attribute hides or reorders": `[...document.querySelectorAll('main *')].some((e) => e.getAttributeNames().some((n) => /[\u0000-\u001f\u0590-\u08ff\u200b-\u200f\u2028-\u202e\u2066-\u2069]/.test(e.getAttribute(n))))`,
			} {
				if value[bool](p, script) {
					t.Error(what)
				}
			}
			p.picture("hostile-" + name)
			p.size(320, 700)
			wantNoSidewaysScroll(p)
		})
	}
}

// TestPolicy: the page's policy forbids what its own script never does.
func TestPolicy(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	for _, attempt := range []string{
		`document.body.innerHTML = '<b>x</b>'`,
		`eval('1')`,
		`(() => { const s = document.createElement('script'); s.textContent = 'window.pwned=1'; document.body.append(s); if (!window.pwned) throw 1; })()`,
		`(() => { const s = document.createElement('style'); s.textContent = 'body { color: red }'; document.head.append(s); if (!s.sheet) throw 1; })()`,
		`(() => { document.body.setAttribute('style', 'opacity: .5'); if (getComputedStyle(document.body).opacity === '1') throw 1; })()`,
	} {
		stopped, err := chromedp.Run(p, chromedp.Evaluate[bool](`(() => { try { `+attempt+`; return false; } catch { return true; } })()`,
			func(e *runtime.EvaluateParams) { e.AllowUnsafeEvalBlockedByCSP = new(bool) }))
		if err != nil {
			t.Fatal(err)
		}
		if !stopped {
			t.Errorf("the policy allows %s", attempt)
		}
	}
	// The browser is expected to report these attempts.
	p.forget()
}

// TestWithoutScript: without scripts the page shows the report as text.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	d := scenario(t, "endpoint-blocked")
	p := newTab(t, browser)
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.open(d)
	p.picture("without-script")
	p.size(320, 700)
	p.picture("without-script-phone")
	wantNoSidewaysScroll(p)
	text, err := chromedp.Run(p, chromedp.Text("#main"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FAIL", d.Findings[0].Title[:40], "Without JavaScript"} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("without JavaScript the page does not say %q", want)
		}
	}
}

// TestFits: no report scrolls sideways, at any width.
func TestFits(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for _, name := range []string{"endpoint-blocked", "tls-intercepted", "proxy-denied", "dns-ipv6-unroutable"} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
			for _, width := range []int64{320, 375, 600, 720, 860, 1024, 1600} {
				p.size(width, 800)
				wantNoSidewaysScroll(p)
			}
		})
	}
}

// TestProxyRefuses: the page says nothing about an upgrade that was not sent, and the
// title has the proxy's complete port, however narrow the window is.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "proxy-denied"))
	if value[bool](p, `document.getElementById('main').textContent.includes('WebSocket: ')`) {
		t.Error("the page mentions an upgrade that was not sent")
	}
	for width := int64(320); width <= 480; width += 10 {
		p.size(width, 800)
		if n := value[int](p, `(() => {
			const text = document.createTreeWalker(document.querySelector('.finding h3'), NodeFilter.SHOW_TEXT);
			let lines = 0;
			while (text.nextNode()) {
				const at = text.currentNode.data.indexOf('3128');
				if (at < 0) continue;
				const range = document.createRange();
				range.setStart(text.currentNode, at);
				range.setEnd(text.currentNode, at + 4);
				lines = range.getClientRects().length;
			}
			return lines;
		})()`); n != 1 {
			t.Errorf("at %d pixels the port stands on %d lines", width, n)
		}
	}
}

func wantNoSidewaysScroll(p *tab) {
	p.t.Helper()
	type extent struct{ Page, Window int }
	e := value[extent](p, `({Page: document.documentElement.scrollWidth, Window: innerWidth})`)
	if e.Page > e.Window {
		p.t.Errorf("at %d pixels the page is %d wide, by %s", e.Window, e.Page, value[string](p,
			fmt.Sprintf(`[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > %d).slice(0, 3).map((e) => e.tagName + '.' + e.getAttribute('class')).join(' ')`, e.Window)))
	}
}
