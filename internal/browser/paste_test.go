//go:build !nobrowser

package browser

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"unicode"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// tripleClick clicks three times on the beginning of an element, to select a line.
func (p *tab) tripleClick(selector string) {
	p.t.Helper()
	type point struct{ X, Y float64 }
	at := value[point](p, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.scrollIntoView({ block: 'center' });
		const range = document.createRange();
		range.selectNodeContents(e);
		const box = range.getClientRects()[0];
		return { X: box.left + 8, Y: box.top + box.height / 2 };
	})()`, selector))
	for n := range int64(3) {
		for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
			call(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{
				Type: kind, X: at.X, Y: at.Y, Button: input.MouseButtonLeft, ClickCount: n + 1})
		}
	}
}

var clipboard sync.Mutex

// copied returns the clipboard after the browser's own Copy.
func (p *tab) copied() string {
	p.t.Helper()
	call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "c", Code: "KeyC",
		Modifiers: 2, WindowsVirtualKeyCode: 67, Commands: []string{"copy"}})
	s, err := chromedp.Run(p, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// clipboardTab opens a page that may read and write the clipboard. All tabs share one, so
// no other test uses it until this one has ended.
func clipboardTab(t *testing.T, chrome context.Context) *tab {
	t.Helper()
	clipboard.Lock()
	t.Cleanup(clipboard.Unlock)
	p := newTab(t, chrome)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if _, err := chromedp.CallBrowser(p, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted, BrowserContextID: p.profile()}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// A triple click on a command selects and copies it without a newline, which would make a
// shell run it. The same holds for a line of the text report.
func TestTripleClickCopiesNoLineEnd(t *testing.T) {
	t.Parallel()
	p := clipboardTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	p.open(d)
	for _, width := range []int64{1280, 320} {
		p.size(width, 900)
		for i, command := range d.Findings[0].Confirm {
			code := fmt.Sprintf(".command:nth-of-type(%d) code", i+1)
			if got := value[string](p, fmt.Sprintf(`document.querySelector(%q).textContent`, code)); got != command {
				t.Fatalf("%s is %q, want %q", code, got, command)
			}
			p.tripleClick(code)
			if got := value[string](p, `getSelection().toString()`); got != command {
				t.Errorf("at %d pixels a triple click selects %q, want %q", width, got, command)
			}
			if got := p.copied(); got != command {
				t.Errorf("at %d pixels a triple click copies %q, want %q", width, got, command)
			}
		}
	}
	p.size(1280, 900)
	p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('as-text').open = true`))
	p.tripleClick("#as-text pre")
	if got := p.copied(); got == "" || got[len(got)-1] == '\n' {
		t.Errorf("of the text a triple click copies %q", got)
	}
	// A selection of several lines is unchanged.
	p.do(chromedp.Evaluate[chromedp.Void](`getSelection().selectAllChildren(document.querySelector('.finding'))`))
	if want, got := value[string](p, `getSelection().toString()`), p.copied(); got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
}

// TestSeesTheUnseen: the page and the text report show the same code points as escapes.
func TestSeesTheUnseen(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	// The page's own pattern, applied to all code points at once.
	pattern := value[string](p, `[...document.scripts].at(-1).textContent.match(/const unseen = (.*gu);/)[1]`)
	escaped := map[rune]bool{}
	for _, r := range value[[]rune](p, `(() => {
		const found = [];
		for (let r = 0; r <= 0x10ffff; r++) if (String.fromCodePoint(r).search(`+pattern+`) === 0) found.push(r);
		return found;
	})()`) {
		escaped[r] = true
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r <= 0xdfff {
			continue
		}
		ours := report.Sanitise(string(r), false) != string(r)
		switch {
		case ignorable(r) && !escaped[r]:
			t.Errorf("%U is not seen, and not escaped", r)
		case ours && !escaped[r] && !unicode.Is(unicode.Cn, r): // a browser knows a newer Unicode
			t.Errorf("%U is escaped in the text, and not in the page", r)
		case !ours && escaped[r] && !ignorable(r):
			t.Errorf("%U is escaped in the page, and not in the text", r)
		}
	}
}

// ignorable are the code points that a font may omit: Unicode's
// Default_Ignorable_Code_Point, except controls and marks, and the empty braille pattern.
func ignorable(r rune) bool {
	return r == 0x2800 || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

// Invisible characters are escapes in a command, and are copied as such.
func TestUnseenInCommands(t *testing.T) {
	t.Parallel()
	p := clipboardTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	d.Findings[0].Title = "a\u2800b\u3164c"
	d.Findings[0].Checks = []diagnose.Check{{Command: "dig a\u2800\u3164\u115f\u1160\uffa0\u034f\U000e0100b"}}
	p.open(d)
	const want = `dig a\u2800\u3164\u115f\u1160\uffa0\u034f\U000e0100b`
	if got := value[string](p, `document.querySelector('.command code').textContent`); got != want {
		t.Errorf("the command is shown as %q, want %q", got, want)
	}
	p.do(chromedp.Click(".command .copy"))
	p.wait(`document.querySelector('.command .copy').textContent === 'Copied'`)
	got, err := chromedp.Run(p, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
	if err != nil || got != want {
		t.Errorf("copied %q, %v, want %q", got, err, want)
	}
	if got := value[string](p, `document.querySelector('.finding h3').textContent`); got != `a\u2800b\u3164c` {
		t.Errorf("the title is %q", got)
	}
}
