//go:build !nobrowser

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// contrast returns the texts whose contrast with the background is below WCAG level AA:
// 4.5, and 3 for large texts.
const contrast = `(() => {
  const channels = (c) => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
      if (c[3] > 0) throw new Error('a ground that shines through: ' + e.className);
    }
    return [255, 255, 255];
  };
  const poor = [];
  let seen = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() === '' || e.closest('.hidden, .skip, script, style, noscript') || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const fill = e.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const [a, b] = [light(channels(fill)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    const px = parseFloat(style.fontSize);
    seen++;
    if (ratio < (px >= 24 || px >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5)) {
      poor.push(ratio.toFixed(2) + ' ' + e.tagName + '.' + e.getAttribute('class') + ' ' + walk.currentNode.data.slice(0, 30));
    }
  }
  if (seen < 50) poor.push('only ' + seen + ' texts were looked at');
  return [...new Set(poor)];
})()`

func TestContrast(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for _, name := range []string{"private-vpc", "endpoint-blocked", "tls-intercepted-trusted", "region-without-ec2messages"} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; })`))
			grounds := map[string]string{}
			for _, c := range []string{"light", "dark"} {
				p.scheme(c)
				grounds[c] = value[string](p, `getComputedStyle(document.body).backgroundColor`)
				for _, poor := range value[[]string](p, contrast) {
					t.Errorf("%s: %s", c, poor)
				}
			}
			if grounds["light"] == grounds["dark"] {
				t.Errorf("the ground is %s in both schemes", grounds["light"])
			}
		})
	}
}

// TestStructure checks what a screen reader needs: landmarks, headings in order, names,
// and a text for every sign.
func TestStructure(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for _, name := range []string{"private-vpc", "endpoint-blocked", "proxy-denied"} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			for what, script := range map[string]string{
				"one h1, and it is the verdict": `document.querySelectorAll('h1').length === 1 && document.querySelector('h1').id === 'verdict'`,
				"headings that skip no level": `[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => +h.tagName[1])
					.every((level, i, all) => i === 0 ? level === 1 : level <= all[i - 1] + 1)`,
				"landmarks": `['header', 'main', 'footer'].every((n) => document.querySelectorAll(n).length === 1)`,
				"sections with a name": `[...document.querySelectorAll('section, article')].every((s) =>
					document.getElementById(s.getAttribute('aria-labelledby'))?.textContent)`,
				"buttons with a name":         `[...document.querySelectorAll('button')].every((b) => (b.getAttribute('aria-label') ?? b.textContent).trim())`,
				"pictures that are words too": `[...document.querySelectorAll('svg')].every((s) => s.closest('[aria-hidden=true]'))`,
				"ids that are there once":     `(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return new Set(ids).size === ids.length; })()`,
				"a language":                  `document.documentElement.lang === 'en'`,
				"links that lead somewhere": `[...document.querySelectorAll('a')].every((a) => document.getElementById(a.getAttribute('href').slice(1))
					|| a.href === '` + diagnose.ManualPage + `' + a.closest('.finding, .folded').querySelector('code').textContent)`,
				"a verdict in words for every target": `[...document.querySelectorAll('.target')].every((r) =>
					/^(PASS|WARN|FAIL|SKIP)/.test(r.textContent))`,
				"a word for every station": `[...document.querySelectorAll('.station')].every((s) =>
					/passed|check this|breaks here|failed too|not reached/.test(s.textContent))`,
				"a head for every cell": `[...document.querySelectorAll('table')].every((table) => {
					const heads = table.querySelectorAll('thead th').length;
					return [...table.querySelectorAll('tbody tr')].every((row, i, rows) => {
						const spans = [...row.cells].reduce((n, c) => n + c.colSpan, 0);
						return spans === heads || spans === heads - 1 && row.querySelector('th') === null;
					});
				})`,
			} {
				if !value[bool](p, script) {
					t.Errorf("the page lacks %s", what)
				}
			}
		})
	}
}

// TestKeyboard walks through the page with Tab, which reaches every control, in order and
// with a visible focus.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "endpoint-blocked"))
	var walked []string
	for range 60 {
		p.do(chromedp.KeyEvent(kb.Tab))
		step := value[string](p, `(() => {
			const e = document.activeElement;
			if (e === document.body) return '';
			const shown = e.closest('label') ?? e;
			const style = getComputedStyle(shown);
			const box = shown.getBoundingClientRect();
			if (box.width < 8 || box.bottom < 0 || box.top > innerHeight) return 'not in sight: ' + shown.outerHTML.slice(0, 80);
			if (parseFloat(style.outlineWidth) < 2 || style.outlineStyle === 'none') return 'not seen to be reached: ' + shown.outerHTML.slice(0, 80);
			return (shown.getAttribute('aria-label') ?? shown.textContent).slice(0, 40);
		})()`)
		if step == "" {
			break
		}
		if strings.HasPrefix(step, "not ") {
			t.Error(step)
		}
		walked = append(walked, step)
	}
	all := strings.Join(walked, "\n")
	at := -1
	for _, want := range []string{"Skip to the report", "Save as JSON", "Open reports", "Copy as ticket", "endpoint-blocked", "Copy the fix", "Copy the command", "AWS CLI", "10.0.0.2", "As text", "As JSON"} {
		next := strings.Index(all, want)
		if next <= at {
			t.Errorf("Tab does not reach %q in its turn; it reaches:\n%s", want, all)
		}
		at = next
	}
}

// TestLinksOpenWhatIsFolded follows a link to a collapsed finding.
func TestLinksOpenWhatIsFolded(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "optional-refused"))
	link := `document.querySelector('#optional a[href^="#finding"]')`
	if !value[bool](p, link+` !== null`) {
		t.Fatal("no optional target leads to its finding")
	}
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#optional details').open = true; ` + link + `.click()`))
	p.wait(`document.getElementById(location.hash.slice(1)).open`)
	// A second click does not change the URL.
	p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById(location.hash.slice(1)).open = false; ` + link + `.firstElementChild.click()`))
	p.wait(`document.getElementById(location.hash.slice(1)).open`)
}
