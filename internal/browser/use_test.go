//go:build !nobrowser

package browser

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

func TestCopies(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	d := scenario(t, "endpoint-blocked")
	command := d.Findings[0].Confirm[0]

	t.Run("to the clipboard", func(t *testing.T) {
		p := clipboardTab(t, chrome)
		p.open(d)
		p.do(chromedp.Focus(".command .copy"), chromedp.KeyEvent(kb.Enter))
		p.wait(`document.querySelector('.command .copy').textContent === 'Copied'`)
		p.wait(`document.getElementById('status').textContent === 'copied'`)
		got, err := chromedp.Run(p, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if got != command {
			t.Errorf("copied %q, want %q", got, command)
		}
		p.wait(`document.querySelector('.command .copy').textContent === 'Copy'`)
	})

	t.Run("by selecting", func(t *testing.T) {
		p := newTab(t, chrome)
		call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false;`})
		p.open(d)
		p.do(chromedp.Click(".command .copy"))
		p.wait(`document.querySelector('.command .copy').textContent === 'Selected'`)
		if got := value[string](p, `getSelection().toString()`); got != command {
			t.Errorf("selected %q, want %q", got, command)
		}
	})
}

// TestSaves: the page saves the JSON report unchanged.
func TestSaves(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	p.open(d)
	saved := p.saveJSON()
	if want := "ssmcheck-" + d.Node.InstanceID + "-" + d.StartedAt.Format("20060102T150405Z") + ".json"; p.savedAs != want {
		t.Errorf("it is saved as %q, want %q", p.savedAs, want)
	}
	var want, got strings.Builder
	if err := report.JSON(&want, d); err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&got, saved); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("the saved report is another:\n%s", diff)
	}
}

// TestPrints: collapsed parts are on paper, but not a second copy of the report.
func TestPrints(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "endpoint-blocked"))
	folded := `[...document.querySelectorAll('details')].filter((d) => d.open).length`
	if n := value[int](p, folded); n != 0 {
		t.Fatalf("%d parts are open before print", n)
	}
	p.paper()
	for what, script := range map[string]string{
		"the answers of a nameserver are": `document.querySelector('#servers table').checkVisibility()`,
		"the targets beside are":          `document.querySelector('#optional table').checkVisibility()`,
		"the buttons are not":             `!document.querySelector('.copy').checkVisibility()`,
		"the fix as code is not":          `!document.getElementById('remedy').checkVisibility()`,
		"the JSON is not":                 `!document.getElementById('as-json').checkVisibility()`,
	} {
		if !value[bool](p, script) {
			t.Errorf("on paper it is not so that %s there", what)
		}
	}
	pdf, err := chromedp.Run(p, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 20_000 {
		t.Errorf("the print has %d bytes", len(pdf))
	}
	if n := value[int](p, folded); n != 0 {
		t.Errorf("%d parts stay open after print", n)
	}
	if dir := os.Getenv("SSMCHECK_PICTURES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "print.pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
