//go:build !nobrowser

package browser

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// drop drops files on the middle of the page.
func (p *tab) drop(paths ...string) {
	p.t.Helper()
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{
		input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop,
	} {
		call(p, input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 400, Y: 300, Data: data})
		if kind == input.DispatchDragEventTypeDragOver && value[bool](p, `document.getElementById('drop').hidden`) {
			p.t.Error("nothing says that the file may be dropped")
		}
	}
}

// choose selects a file in the page's file input.
func (p *tab) choose(path string) {
	p.t.Helper()
	p.do(chromedp.SetUploadFiles("#file", []string{path}))
}

func TestOpensASavedReport(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	healthy, broken := scenario(t, "private-vpc"), scenario(t, "endpoint-blocked")
	saved := writeJSON(t, broken)
	for name, open := range map[string]func(*tab, string){"dropped": func(p *tab, path string) { p.drop(path) }, "chosen": (*tab).choose} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser)
			p.open(broken)
			// Only the page of the run has what ssmcheck alone can produce.
			drawn := `[...document.getElementById('main').children].filter((e) => e.id !== 'remedy').map((e) => e.innerText).join('\n')`
			want := strings.Replace(value[string](p, drawn), "Copy redacted ticket\n", "", 1)
			p.open(healthy)
			if value[string](p, `document.querySelector('.badge').textContent`) != "PASS" {
				t.Fatal("the page does not begin with its own report")
			}
			open(p, saved)
			p.wait(`document.querySelector('.badge').textContent === 'FAIL'`)
			got := value[string](p, drawn)
			// Only the page of the run has the report as text.
			if diff := cmp.Diff(strings.Replace(want, "As text\n", "", 1), got); diff != "" {
				t.Errorf("the opened report is drawn otherwise than in its own page:\n%s", diff)
			}
			if focus := value[string](p, `document.activeElement.id`); focus != "main" {
				t.Errorf("after opening, the focus is on %q", focus)
			}
			if !value[bool](p, `document.getElementById('drop').hidden`) {
				t.Error("the page still waits for a drop")
			}
		})
	}
}

// TestRefusesInWords opens files that are no reports: the page says why, and still shows
// its own.
func TestRefusesInWords(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "private-vpc")
	p.open(d)
	before := value[string](p, `document.getElementById('main').innerText`)
	dir := t.TempDir()
	for _, c := range []struct{ name, content, want string }{
		{"empty.json", " \n", "the report is empty"},
		{"cut.json", `{"schema": "ssmcheck.report/v1", "find`, "damaged: it is no JSON, or not whole"},
		{"other.json", `{"a": 1}`, "it names no schema"},
		{"list.json", `[]`, "it names no schema"},
		{"null.json", `null`, "it names no schema"},
		{"foreign.json", `{"schema": "<b>other</b>/v1"}`, "its schema is “<b>other</b>/v1”"},
		{"newer.json", `{"schema": "ssmcheck.report/v2"}`, "ssmcheck.report/v2”, but this page reads “ssmcheck.report/v1”: open it in a page of the version that wrote it"},
		{"bare.json", `{"schema": "ssmcheck.report/v1", "capabilities": [], "targets": [], "findings": []}`, "has no observations"},
		{"kind.json", `{"schema": "ssmcheck.report/v1", "capabilities": [], "targets": {"length": 3}, "findings": []}`, "its targets are no list"},
		{"kinds.json", `{"schema": "ssmcheck.report/v1", "capabilities": [], "targets": [], "findings": [null, 3]}`, "its findings are no list"},
		{"page.html", "<!doctype html><title>x</title>", "no report of ssmcheck in it"},
		{"\u202egpj.json", "", "\\u202egpj.json: the report is empty"},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('problem').replaceChildren()`))
		p.choose(path)
		p.wait(`document.getElementById('problem').textContent !== ''`)
		got := value[string](p, `document.getElementById('problem').textContent`)
		if !strings.Contains(got, c.want) || strings.Contains(c.name, ".json") && !strings.Contains(got, ".json") {
			t.Errorf("%s: the page says %q, want %q", c.name, got, c.want)
		}
		if diff := cmp.Diff(before, value[string](p, `document.getElementById('main').innerText`)); diff != "" {
			t.Fatalf("%s changes the page:\n%s", c.name, diff)
		}
	}
	p.picture("refused")
	p.choose(writeJSON(t, d))
	p.wait(`document.getElementById('problem').textContent === ''`)
}

// TestOpensStrangeForms opens reports with missing members, or members of other types: the
// page draws what it can, and throws no exception.
func TestOpensStrangeForms(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	for i, content := range []string{
		`{"schema": "ssmcheck.report/v1", "capabilities": [], "targets": [], "findings": [], "observations": {}}`,
		`{"schema": "ssmcheck.report/v1", "verdict": 7, "duration_ms": "x", "node": [], "capabilities": [{}], "targets": [{}, {"asked": true}],
			"findings": [{}], "notes": {}, "observations": {"plan": [], "targets": [{"addresses": [{}, {"connect": {}, "handshake": [], "reply": 3}]}],
			"servers": [{"answers": [{}]}, 4], "system_lookups": [{}]}}`,
		`{"schema": "ssmcheck.report/v1", "verdict": "fail", "capabilities": [], "targets": [{"name": "ssm", "asked": true, "verdict": "fail"}],
			"findings": [], "observations": {"targets": [{"name": "ssm", "addresses": [{"address": "10.0.0.1", "connect": {"elapsed_ms": -5,
			"failure": {"kind": "__proto__"}}, "handshake": {"elapsed_ms": 1e308}, "reply": {"elapsed_ms": 1e-9, "status": 1e99}}]}]}}`,
	} {
		path := filepath.Join(t.TempDir(), "strange.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById('hint').textContent = ''`))
		p.choose(path)
		p.wait(`document.getElementById('hint').textContent !== '' || document.getElementById('problem').textContent !== ''`)
		if said := value[string](p, `document.getElementById('problem').textContent`); said != "" {
			t.Errorf("strange form %d is refused: %s", i, said)
		}
		if value[string](p, `document.querySelector('.badge').textContent`) == "PASS" {
			t.Errorf("strange form %d reads as a pass", i)
		}
	}
}

// TestOpensTheVastInPart opens a report with the maximum number of findings, and a text
// longer than any page can hold.
func TestOpensTheVastInPart(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	p.open(d)
	brief := d.Findings[0]
	brief.Targets, brief.Evidence, brief.Checks, brief.Confirm, brief.Fix = nil, nil, nil, nil, nil
	for len(d.Findings) < 1000 {
		d.Findings = append(d.Findings, brief)
	}
	d.Findings[0].Evidence = []string{strings.Repeat("long ", 100_000)}
	path := write(t, "vast.json", func(f *os.File) error { return report.JSON(f, d) })
	if info, err := os.Stat(path); err != nil || info.Size() > report.MaxDocument {
		t.Fatalf("%v: larger than the page opens: %v", err, info.Size())
	}
	p.choose(path)
	p.wait(`document.getElementById('hint').textContent.includes('vast.json')`)
	if said := value[string](p, `document.querySelector('.hero').innerText`); !strings.Contains(said, "of its entries are not drawn") {
		t.Errorf("the page does not say that it leaves out: %s", said[max(0, len(said)-200):])
	}
	if n := value[int](p, `document.getElementsByTagName('*').length`); n > 50_000 {
		t.Errorf("the page has %d elements", n)
	}
	if n := value[int](p, `document.getElementById('main').textContent.length`); n > 2_000_000 {
		t.Errorf("the page has %d characters", n)
	}
}

// TestOpensUTF16 opens a report as PowerShell's redirection writes it.
func TestOpensUTF16(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	d := scenario(t, "endpoint-blocked")
	p.open(scenario(t, "private-vpc"))
	var utf8 strings.Builder
	if err := report.JSON(&utf8, d); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "powershell.json")
	if err := os.WriteFile(path, littleEndian(utf8.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p.choose(path)
	p.wait(`document.querySelector('.badge').textContent === 'FAIL'`)
}

// TestOpensTheLargestOfPowerShell opens a report of nearly the maximum size, which is more
// than twice as large in UTF-16 with CRLF.
func TestOpensTheLargestOfPowerShell(t *testing.T) {
	t.Parallel()
	p := newTab(t, chromium(t))
	p.open(scenario(t, "private-vpc"))
	var utf8 strings.Builder
	if err := report.JSON(&utf8, scenario(t, "endpoint-blocked")); err != nil {
		t.Fatal(err)
	}
	const spaces, ends = report.MaxDocument/2 - 200_000, report.MaxDocument/2 - 200_000
	text := strings.Repeat(" ", spaces) + utf8.String() + strings.Repeat("\r\n", ends)
	for name, file := range map[string][]byte{"utf8.json": []byte(text), "utf16.json": littleEndian(text)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		p.choose(path)
		p.wait(`document.getElementById('hint').textContent.includes('` + name + `')`)
	}
}

func littleEndian(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}
