//go:build !nobrowser

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
)

// openAll expands everything.
const openAll = `document.querySelectorAll('details').forEach((d) => { d.open = true; })`

// brokenNames returns names that wrap although they fit on a line, and words in tables
// that wrap.
const brokenNames = `(() => {
	const lines = (node, begin, end) => {
		const range = document.createRange();
		range.setStart(node, begin);
		range.setEnd(node, end);
		return new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size;
	};
	const broken = [];
	let seen = 0;
	const walk = document.createTreeWalker(document.getElementById('main'), NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const node = walk.currentNode;
		if (node.parentElement.closest('pre, .hidden, .name') || !node.parentElement.checkVisibility()) continue;
		for (const word of node.data.matchAll(/[^\s]+/g)) {
			if (!(/[\w][-.:\/][\w]/.test(word[0]) && word[0].length > 7) && !node.parentElement.closest('table')) continue;
			seen++;
			if (lines(node, word.index, word.index + word[0].length) > 1) broken.push(word[0]);
		}
	}
	for (const name of document.querySelectorAll('.name')) {
		if (!name.checkVisibility() || name.closest('pre')) continue;
		const line = parseFloat(getComputedStyle(name).lineHeight);
		name.style.whiteSpace = 'nowrap';
		name.style.maxWidth = 'none';
		let box = name.parentElement;
		while (/^(inline|contents)/.test(getComputedStyle(box).display)) box = box.parentElement;
		const { paddingLeft, paddingRight } = getComputedStyle(box);
		const fits = name.offsetWidth <= box.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - 1;
		name.style.whiteSpace = name.style.maxWidth = '';
		if ((fits || innerWidth > 1200 && name.closest('table') && name.textContent.length < 44) && name.offsetHeight > 1.5 * line) broken.push(name.textContent);
	}
	for (const name of document.querySelectorAll('td .name, th .name')) {
		const cell = name.closest('td, th').getBoundingClientRect();
		if (name.checkVisibility() && name.getBoundingClientRect().right > cell.right + 1) broken.push(name.textContent + ' (stands out)');
	}
	if (seen < 20) broken.push('only ' + seen + ' words were looked at');
	return [...new Set(broken)];
})()`

// TestNamesStayWhole: no host, id or address wraps if it fits on a line, also in the table
// of a nameserver that knows eight addresses.
func TestNamesStayWhole(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for _, name := range []string{"endpoint-blocked", "s3-eight-dropped", "proxy-denied", "pair-forwarder-missing-s3-policy --for all"} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			p.do(chromedp.Evaluate[chromedp.Void](openAll))
			for _, width := range []int64{1280, 390} {
				p.size(width, 900)
				for _, word := range value[[]string](p, brokenNames) {
					if width == 1280 || len(word) < 36 || strings.Contains(word, "stands out") {
						t.Errorf("at %d pixels %q breaks inside", width, word)
					}
				}
			}
		})
	}
}

// TestSignsStandOnTheirLine: each badge is on the line of the words that it belongs to.
func TestSignsStandOnTheirLine(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "pair-forwarder-missing-s3-policy --for all"))
	for _, width := range []int64{1280, 390, 320} {
		p.size(width, 900)
		if alone := value[[]string](p, `[...document.querySelectorAll('.badge:not(.large)')].filter((b) => {
			const next = b.nextElementSibling;
			if (!next || !b.checkVisibility()) return false;
			const words = document.createRange();
			words.selectNodeContents(next);
			const first = words.getClientRects()[0];
			const box = b.getBoundingClientRect();
			return first.top > box.bottom || first.left < box.right;
		}).map((b) => b.parentElement.textContent.slice(0, 40))`); len(alone) > 0 {
			t.Errorf("at %d pixels a badge stands apart from %q", width, alone)
		}
	}
}

// TestReadAloud: a screen reader gets sentences, not words: no two texts side by side, and
// the parts of what expands are separate.
func TestReadAloud(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "endpoint-blocked"))
	if split := value[[]string](p, `[...document.querySelectorAll('main *')].filter((e) =>
		[...e.childNodes].some((n) => n.nodeType === 3 && n.nextSibling?.nodeType === 3)).map((e) => e.textContent.slice(0, 40))`); len(split) > 0 {
		t.Errorf("texts are split: %q", split)
	}
	texts, names := 0, []string{}
	for _, n := range call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		switch string(n.Role.Value) {
		case `"StaticText"`:
			texts++
		case `"DisclosureTriangle"`:
			names = append(names, string(n.Name.Value))
		}
	}
	t.Logf("%d texts", texts)
	if texts < 100 || texts > 300 {
		t.Errorf("the page has %d texts", texts)
	}
	all := strings.Join(names, "\n")
	for _, want := range []string{"INFO agent-missing there is", "10.0.0.2 used by the system (/etc/resolv.conf) 16 questions"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing that can be opened has the name %q:\n%s", want, all)
		}
	}
}

// TestOneSign: the break of a path has one sign, and a failed connection is reported once.
func TestOneSign(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "endpoint-blocked"))
	if n := value[int](p, `document.querySelectorAll('.lane:first-of-type .sign-fail, .lane:first-of-type .cross').length`); n != 2 { // and the badge's
		t.Errorf("the broken path has %d signs, want one beside its badge's", n)
	}
	page := value[string](p, `document.getElementById('main').innerText`)
	if strings.Contains(page, "WebSocket: no answer") {
		t.Error("that nothing answers on TCP is said of the WebSocket again")
	}
	if !strings.Contains(page, "TCP: no answer in ") {
		t.Error("it is not said that nothing answers on TCP")
	}
	for what, script := range map[string]string{
		"the node's host name": `document.querySelector('.station').innerText.includes('ip-10-0-2-10')`,
		"the target's host":    `document.querySelector('.lane-title').innerText.includes('ssmmessages.us-east-2.amazonaws.com')`,
	} {
		if !value[bool](p, script) {
			t.Errorf("the path does not show %s", what)
		}
	}
	// An upgrade that fails alone is reported.
	p.open(scenario(t, "websocket-blocked"))
	if !strings.Contains(value[string](p, `document.getElementById('targets').innerText`), "WebSocket: ") {
		t.Error("an upgrade that fails is not said")
	}
}

// TestManyCapabilities: the heading has their number, and those with the same result share
// a line.
func TestManyCapabilities(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for name, want := range map[string]struct {
		words  string
		groups int
	}{
		"pair-forwarder-missing-s3-policy --for all": {"10 of 10 capabilities cannot work, 2 causes", 3},
		"bahrain-all":      {"All 10 capabilities can work from this node", 1},
		"endpoint-blocked": {"Session Manager cannot work", 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(scenario(t, name))
			if got := value[string](p, `document.querySelector('h1').textContent`); got != want.words {
				t.Errorf("the heading is %q, want %q", got, want.words)
			}
			if n := value[int](p, `document.querySelectorAll('.capabilities li').length`); n != want.groups {
				t.Errorf("the capabilities are in %d groups, want %d", n, want.groups)
			}
			p.size(390, 844)
			if lines := value[float64](p, `document.querySelector('h1').getBoundingClientRect().height / parseFloat(getComputedStyle(document.querySelector('h1')).lineHeight)`); lines > 3.1 {
				t.Errorf("on a phone the heading has %.1f lines", lines)
			}
		})
	}
}

// TestPrintsWhole: nothing is cut off on paper: rows stay together, and a list has room
// for numbers of two digits.
func TestPrintsWhole(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	for len(d.Findings[0].Fix) < 12 {
		d.Findings[0].Fix = append(d.Findings[0].Fix, "see that it works")
	}
	for range 11 {
		d.Findings = append(d.Findings, d.Findings[0])
	}
	p.open(d)
	p.paper()
	for _, list := range []string{"ol.causes", ".part ol"} {
		if room := value[float64](p, `(() => {
			const list = document.querySelector('`+list+`');
			const probe = document.createElement('span');
			probe.textContent = list.children.length + '. ';
			probe.style.whiteSpace = 'pre';
			list.firstElementChild.append(probe);
			const wide = probe.getBoundingClientRect().width;
			probe.remove();
			if (list.children.length < 10) throw new Error('a short list');
			return parseFloat(getComputedStyle(list).paddingLeft) - wide;
		})()`); room < 0 {
			t.Errorf("the numbers of %s stand out by %.0f pixels", list, -room)
		}
	}
	if apart := value[[]string](p, `['.targets tr', '.answers tr', '.part li', '.station', 'summary'].filter((s) => {
		const e = document.querySelector(s);
		return !e || getComputedStyle(e).breakInside !== 'avoid';
	})`); len(apart) > 0 {
		t.Errorf("a page may end within %q", apart)
	}
}
