//go:build !nobrowser

package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ssmcheck/ssmcheck/pkg/redact"
	"github.com/ssmcheck/ssmcheck/pkg/remedy"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// patience limits a tab: a browser on a busy machine is slow.
const patience = 2 * time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// shared is the browser of all tests. Starting one takes longer than most tests.
var shared sharedBrowser

type sharedBrowser struct {
	once    sync.Once
	ctx     context.Context
	err     error
	cleanup []func()
}

func (b *sharedBrowser) stop() {
	for _, f := range slices.Backward(b.cleanup) {
		f()
	}
}

// start starts the browser, in which no name resolves, so that loading anything fails.
func (b *sharedBrowser) start(path string) {
	dir, err := os.MkdirTemp("", "ssmcheck-browser")
	if err != nil {
		b.err = err
		return
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), // it is small in a container
		chromedp.Flag("hide-scrollbars", true),
		// Background tabs do not wait.
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
	)
	ctx, end := chromedp.NewContext(ctx)
	b.ctx, b.cleanup = ctx, []func(){func() { os.RemoveAll(dir) }, stop, end}
	late := time.AfterFunc(patience, stop)
	if err := chromedp.Do(ctx); err != nil {
		b.err = fmt.Errorf("start %s: %w", path, err)
	}
	late.Stop()
}

// chromium returns the browser.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing")
		}
		t.Skip("SKIP: chromium is missing; the HTML report was not tested in a browser")
	}
	shared.once.Do(func() { shared.start(path) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.ctx
}

// A tab is a page, and what the browser reported about it.
type tab struct {
	context.Context
	t *testing.T

	mu       sync.Mutex
	said     []string // console messages, exceptions, policy violations
	requests []string // by the page

	savedAs string // the name of the last file that the page saved
}

// newTab opens an empty page in a profile of its own, which has no storage or permissions
// of others. At the end of the test it checks that the browser reported nothing and loaded
// nothing.
func newTab(t *testing.T, browser context.Context) *tab {
	t.Helper()
	ctx, late := context.WithTimeout(browser, patience)
	t.Cleanup(late)
	ctx, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	p := &tab{Context: ctx, t: t}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	call(p, log.Enable, cdp.Empty{})
	call(p, runtime.Enable, cdp.Empty{})
	call(p, network.Enable, network.EnableParams{})
	// As if it were in the foreground.
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.size(1280, 900)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.said) > 0 {
			t.Errorf("the browser says: %s", strings.Join(p.said, "\n"))
		}
		for _, r := range p.requests {
			if !strings.HasPrefix(r, "file:") && !strings.HasPrefix(r, "blob:") && !strings.HasPrefix(r, "cid:") {
				t.Errorf("the page asked for %s", r)
			}
		}
	})
	return p
}

func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		said := "console." + string(e.Type)
		for _, a := range e.Args {
			said += fmt.Sprintf(" %s%s", a.Value, a.Description)
		}
		p.said = append(p.said, said)
	case *runtime.EventExceptionThrown:
		said := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			said += " " + x.Description
		}
		p.said = append(p.said, said)
	case *log.EventEntryAdded:
		p.said = append(p.said, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// profile is the tab's own, for commands to the whole browser.
func (p *tab) profile() cdp.BrowserContextID { return chromedp.FromContext(p).BrowserContextID }

// do runs actions in the page.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// call sends a command of the protocol.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := chromedp.Call(p, command, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// value evaluates JavaScript in the page.
func value[T any](p *tab, script string) T {
	p.t.Helper()
	v, err := chromedp.Run(p, chromedp.Evaluate[T](script))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// wait waits until a script returns true.
func (p *tab) wait(script string) {
	p.t.Helper()
	if _, err := chromedp.Run(p, chromedp.Poll[chromedp.Void](script)); err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
}

// open opens a document's page as a file.
func (p *tab) open(d *report.Document) {
	p.t.Helper()
	p.openFile(writePage(p.t, d))
}

func (p *tab) openFile(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate((&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()))
}

func writePage(t *testing.T, d *report.Document) string {
	t.Helper()
	return write(t, "report.html", func(f *os.File) error { return report.HTML(f, d, pageOptions(d)) })
}

// pageOptions are the options that the command uses.
func pageOptions(d *report.Document) report.HTMLOptions {
	o := report.HTMLOptions{Fixes: remedy.Texts(remedy.New(&d.Report, d.Observations))}
	if seen, err := redact.New().Observations(d.Observations); err == nil && !d.Redacted {
		o.Redacted = report.NewRedacted("1.2.3", seen)
	}
	return o
}

func writeJSON(t *testing.T, d *report.Document) string {
	t.Helper()
	return write(t, "report.json", func(f *os.File) error { return report.JSON(f, d) })
}

func write(t *testing.T, name string, content func(*os.File) error) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := content(f); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// size sets the size of the window in CSS pixels.
func (p *tab) size(width, height int64) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// scheme makes the browser prefer "light" or "dark".
func (p *tab) scheme(name string) {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// paper makes the browser render for print.
func (p *tab) paper() {
	p.t.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

// picture saves a picture of the whole page if SSMCHECK_PICTURES names a directory.
func (p *tab) picture(name string) {
	p.t.Helper()
	dir := os.Getenv("SSMCHECK_PICTURES")
	if dir == "" {
		dir = p.t.TempDir()
	}
	png, err := chromedp.Run(p, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if len(png) < 10_000 {
		p.t.Errorf("the picture %s has %d bytes: is the page empty?", name, len(png))
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// forget discards what the browser has reported so far: it was expected.
func (p *tab) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = nil
}
