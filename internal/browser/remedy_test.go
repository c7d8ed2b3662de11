//go:build !nobrowser

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
)

// clipboard returns its contents.
func (p *tab) clipboard() string {
	p.t.Helper()
	got, err := chromedp.Run(p, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// pressCopy presses the copy button with a label, and returns what it copies.
func (p *tab) pressCopy(label string) string {
	p.t.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => { d.open = true; }); document.querySelector('button[aria-label^="` + label + `"]').click()`))
	p.wait(`document.querySelector('button[aria-label^="` + label + `"]').textContent === 'Copied'`)
	return p.clipboard()
}

// TestFixAsCode copies the fix in each language: it is what the command prints. A page with
// nothing to generate has none.
func TestFixAsCode(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	p := clipboardTab(t, chrome)
	d := scenario(t, "endpoint-blocked")
	p.open(d)
	for language, title := range map[remedy.Language]string{remedy.CLI: "AWS CLI", remedy.Terraform: "Terraform", remedy.CloudFormation: "CloudFormation"} {
		var want strings.Builder
		if err := remedy.Write(&want, remedy.New(&d.Report, d.Observations), remedy.Options{As: language}); err != nil {
			t.Fatal(err)
		}
		if got := p.pressCopy("Copy the fix as " + title); got != want.String() {
			t.Errorf("copied as %s is %q, the command prints %q", title, got, want.String())
		}
	}
	if got := p.pressCopy("Copy the fix of endpoint-blocked"); !strings.HasPrefix(got, "1. "+strings.ReplaceAll(d.Findings[0].Fix[0], "`", "")) {
		t.Errorf("copied is %q", got)
	}
	// An opened report has the command instead.
	p.choose(writeJSON(t, d))
	p.wait(`document.getElementById('hint').textContent.includes('report.json')`)
	if got := p.pressCopy("Copy the command ssmcheck fix --as terraform"); got != "ssmcheck fix --as terraform FILE" {
		t.Errorf("copied is %q", got)
	}
	p.open(scenario(t, "private-vpc"))
	if value[bool](p, `document.getElementById('remedy') !== null`) {
		t.Error("where all is well there is a fix as code")
	}
}

// TestManual: the page links to each cause's page in the manual, and not to the URL in the
// report.
func TestManual(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	p.open(d)
	if got := value[string](p, `document.querySelector('.finding a[target]').href`); got != diagnose.ManualPage+"endpoint-blocked" {
		t.Errorf("the link leads to %q", got)
	}
	d.Findings[0].URL = "https://example.com/"
	p.open(d)
	if value[bool](p, `document.querySelector('.finding a[target]') !== null`) {
		t.Error("a link leads elsewhere")
	}
}

// TestTicket copies the report as a ticket, with the verdict, and each cause with its proof
// and its fix; and the same without names, ids and addresses.
func TestTicket(t *testing.T) {
	t.Parallel()
	p := clipboardTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	p.open(d)
	f := d.Findings[0]
	ticket := p.pressCopy("Copy as ticket")
	for _, want := range []string{"## ssmcheck FAIL: Session Manager cannot work", d.Node.InstanceID, "FAIL endpoint-blocked", f.Title, f.Evidence[0], "1. " + f.Fix[0][:30]} {
		if !strings.Contains(ticket, want) {
			t.Errorf("the ticket does not have %q:\n%s", want, ticket)
		}
	}
	redacted := p.pressCopy("Copy redacted ticket")
	for _, secret := range []string{d.Node.InstanceID, d.Node.Hostname, "10.0.1.102", "10.0.2.10"} {
		if strings.Contains(redacted, secret) {
			t.Errorf("the redacted ticket has %q:\n%s", secret, redacted)
		}
	}
	for _, want := range []string{"## ssmcheck FAIL: Session Manager cannot work", "FAIL endpoint-blocked", "1. "} {
		if !strings.Contains(redacted, want) {
			t.Errorf("the redacted ticket does not have %q:\n%s", want, redacted)
		}
	}
	// Only ssmcheck redacts: an opened report has one ticket.
	p.choose(writeJSON(t, d))
	p.wait(`document.getElementById('hint').textContent.includes('report.json')`)
	if value[bool](p, `[...document.querySelectorAll('button')].some((b) => b.textContent.includes('redacted'))`) {
		t.Error("a report that is opened has a redacted ticket")
	}
}

// TestTicketWithoutClipboard: if the page may not write to the clipboard, it shows and
// selects the ticket.
func TestTicketWithoutClipboard(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false;`})
	p.open(scenario(t, "endpoint-blocked"))
	p.do(chromedp.Click(".tickets button"))
	p.wait(`document.querySelector('.tickets button').textContent === 'Selected'`)
	if got := value[string](p, `getSelection().toString()`); !strings.HasPrefix(got, "## ssmcheck FAIL: ") {
		t.Errorf("selected is %q", got)
	}
}

// TestTicketHostile: nothing from a report is markup in its ticket.
func TestTicketHostile(t *testing.T) {
	t.Parallel()
	p := clipboardTab(t, chromium(t))
	d := hostile(t)
	d.Findings[0].Title = "`a` <img src=x> [b](https://example.com) @all #1 *c* | _d_ ![e](f) www.example.com ${x}"
	d.Findings[0].Evidence = []string{"```", "````\u202e </b>"}
	p.open(d)
	ticket := p.pressCopy("Copy as ticket")
	for _, want := range []string{
		"\\`a\\` \\<img src=x\\> \\[b\\](https\\://example.com) @<!-- -->all #<!-- -->1 \\*c\\* \\| \\_d\\_ !\\[e\\](f) www\\.example.com \\${x}",
		"`````text\n```\n````\\u202e </b>\n`````",
	} {
		if !strings.Contains(ticket, want) {
			t.Errorf("the ticket does not have %q:\n%s", want, ticket)
		}
	}
	for _, r := range ticket {
		if r < ' ' && r != '\n' || r > '~' && r != '–' && r != '…' && r != '→' && r != '’' {
			t.Errorf("the ticket has %U in it", r)
		}
	}
}
