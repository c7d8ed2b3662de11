package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// parsePage writes a document's page and parses it as a browser does.
func parsePage(t *testing.T, d *report.Document) (string, []*html.Node) {
	t.Helper()
	var b strings.Builder
	if err := report.HTML(&b, d, report.HTMLOptions{}); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	var nodes []*html.Node
	for n := range root.Descendants() {
		nodes = append(nodes, n)
	}
	return b.String(), nodes
}

func attributeOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// elementOf gives the only element of a name with an attribute of a value.
func elementOf(t *testing.T, nodes []*html.Node, name, key, value string) *html.Node {
	t.Helper()
	var found *html.Node
	for _, n := range nodes {
		if n.Type == html.ElementNode && n.Data == name && (key == "" || attributeOf(n, key) == value) {
			if found != nil {
				t.Fatalf("there are two <%s %s=%q>", name, key, value)
			}
			found = n
		}
	}
	if found == nil {
		t.Fatalf("there is no <%s %s=%q>", name, key, value)
	}
	return found
}

// contentOf is the text in an element.
func contentOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// tainted are texts that would be markup, end the script or deceive the eye,
// if they were let.
var tainted = []string{
	`</script><script>alert(1)</script>`, `<!--<script>`, `<!-- x -->`, `]]>`, `<img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`,
	`' onfocus='alert(1)`, `&lt;b&gt;&amp;&#60;`, `</title></pre></style><b>`, "\u202egnp.exe\u202c", "a\x00b\x1b[31mc\r\nd\u2028e\u2029f",
	`@script@ @data@ @policy@ @text@ $1 \u003c`,
}

// taint puts the texts wherever the network or a file could.
func taint(d *report.Document) {
	all := strings.Join(tainted, " ")
	d.Node.InstanceID, d.Node.Region, d.ExpectFrom, d.Tool.Version, d.Node.Hostname = all, all, all, all, all
	d.Notes = tainted
	f := &d.Findings[0]
	f.Code, f.Title, f.Evidence, f.Confirm, f.Fix = diagnose.Code(all), all, tainted, tainted, tainted
	for i := range d.Targets {
		d.Targets[i].Host, d.Targets[i].Reason = all, all
	}
	r := d.Observations.Targets[0].Addresses[0].Reply
	r.Server, r.Body, r.ErrorMessage = all, all, all
}

// pages are the documents of every format, and a hostile one.
func pages() map[string]*report.Document {
	list := documents()
	list["hostile"] = broken()
	taint(list["hostile"])
	return list
}

// TestHTMLHoldsTheReport reads the report back from the page, whole.
func TestHTMLHoldsTheReport(t *testing.T) {
	for name, d := range pages() {
		_, nodes := parsePage(t, d)
		got, err := report.ReadJSON(strings.NewReader(contentOf(elementOf(t, nodes, "script", "id", "report"))))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var want, have bytes.Buffer
		if err := report.JSON(&want, d); err != nil {
			t.Fatal(err)
		}
		if err := report.JSON(&have, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), have.String()); diff != "" {
			t.Errorf("%s: the page holds another report:\n%s", name, diff)
		}
	}
}

// TestHTMLHoldsTheText wants the text report in the page, for a reader without
// JavaScript.
func TestHTMLHoldsTheText(t *testing.T) {
	for name, d := range pages() {
		_, nodes := parsePage(t, d)
		var want strings.Builder
		if err := report.Text(&want, d, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), contentOf(elementOf(t, nodes, "pre", "id", "text"))); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestHTMLElementsAreThePages wants the same elements and attributes whatever
// the report says: nothing of it is markup.
func TestHTMLElementsAreThePages(t *testing.T) {
	outline := func(d *report.Document) []string {
		_, nodes := parsePage(t, d)
		var list []string
		for _, n := range nodes {
			switch n.Type {
			case html.ElementNode:
				s := n.Data
				for _, a := range n.Attr {
					if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
						t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
					}
					s += " " + a.Key + "=" + a.Val
				}
				list = append(list, s)
			case html.CommentNode:
				list = append(list, "comment")
			}
		}
		return list
	}
	want := outline(healthy())
	for name, d := range pages() {
		if diff := cmp.Diff(want, outline(d)); diff != "" {
			t.Errorf("%s has other elements:\n%s", name, diff)
		}
	}
}

// TestHTMLDataStaysInItsScript holds that the data has none of the characters
// that could end it, in any parser.
func TestHTMLDataStaysInItsScript(t *testing.T) {
	whole, nodes := parsePage(t, pages()["hostile"])
	for _, id := range []string{"report", "words", "made"} {
		data := contentOf(elementOf(t, nodes, "script", "id", id))
		if i := strings.IndexAny(data, "<>&\u2028\u2029"); i >= 0 {
			t.Errorf("%s has a character that may end it: …%q", id, data[i:min(i+20, len(data))])
		}
	}
	if n := strings.Count(whole, "</script"); n != 4 {
		t.Errorf("%d scripts end, want 4", n)
	}
	for _, r := range whole {
		if r == 0 || r == '\r' || r == '\x1b' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			t.Errorf("the page has the character %U in it", r)
		}
	}
}

// TestHTMLPolicy computes the hashes as a browser does, and wants a policy that
// allows these two elements and nothing else.
func TestHTMLPolicy(t *testing.T) {
	_, nodes := parsePage(t, broken())
	hash := func(n *html.Node) string {
		sum := sha256.Sum256([]byte(contentOf(n)))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	want := "default-src 'none'; style-src " + hash(elementOf(t, nodes, "style", "", "")) +
		"; script-src " + hash(elementOf(t, nodes, "script", "type", "")) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	if diff := cmp.Diff(want, attributeOf(elementOf(t, nodes, "meta", "http-equiv", "Content-Security-Policy"), "content")); diff != "" {
		t.Error(diff)
	}
	before := true
	for _, n := range nodes {
		if n.Type != html.ElementNode {
			continue
		}
		if attributeOf(n, "http-equiv") != "" {
			before = false
		}
		if before && (n.Data == "script" || n.Data == "style") {
			t.Errorf("<%s> comes before the policy", n.Data)
		}
	}
}

// TestHTMLScript holds the page's own script to what the policy promises.
func TestHTMLScript(t *testing.T) {
	_, nodes := parsePage(t, healthy())
	for _, n := range []*html.Node{elementOf(t, nodes, "script", "type", ""), elementOf(t, nodes, "style", "", "")} {
		source := contentOf(n)
		for _, never := range []string{
			"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function", "fetch(", "XMLHttpRequest", "WebSocket(",
			"import(", "localStorage", "cookie", "@import", "http://", "https://", "url(h", "</", "<!--", "@data@", "@text@",
		} {
			// The namespace of SVG is a name, and nothing is loaded from it.
			if strings.Contains(strings.Replace(source, "'http://www.w3.org/2000/svg'", "", 1), never) {
				t.Errorf("<%s> has %q in it", n.Data, never)
			}
		}
	}
}

// A list from outside is never the arguments of a call: there may be too many for
// the stack.
func TestHTMLScriptSpreadsNoList(t *testing.T) {
	_, nodes := parsePage(t, healthy())
	source := contentOf(elementOf(t, nodes, "script", "type", ""))
	for _, call := range regexp.MustCompile(`[\w.]*\((?:[^()]*, )?\.\.\.[^()]*\)|\.apply\(.*`).FindAllString(source, -1) {
		// Parameters, and the page's own few sections.
		if !slices.Contains([]string{"el(name, attributes, ...children)", "svg(name, attributes, ...children)", "part(title, kind, ...body)",
			"section(id, title, ...body)", "folded(id, summary, ...body)", ".replaceChildren(...drawn)"}, call) {
			t.Errorf("the script has %s", call)
		}
	}
}

// The text that a page holds is one that a browser lays out at once.
func TestHTMLCutsAVastText(t *testing.T) {
	d := healthy()
	for range 20_000 {
		d.Notes = append(d.Notes, strings.Repeat("note é ", 10))
	}
	d.Observations.Targets = d.Observations.Targets[:1]
	_, nodes := parsePage(t, d)
	text := contentOf(elementOf(t, nodes, "pre", "id", "text"))
	if len(text) > 600<<10 || !strings.HasSuffix(text, "from the report as JSON\n") || !utf8.ValidString(text) {
		t.Errorf("%d bytes, at their end %q", len(text), text[max(0, len(text)-100):])
	}
}

func TestHTMLTitle(t *testing.T) {
	for name, want := range map[string]string{
		"healthy": "PASS · web-1 (i-0123456789abcdef0) · us-east-2 · ssmcheck",
		"broken":  "FAIL endpoint-blocked · web-1 (i-0123456789abcdef0) · us-east-2 · ssmcheck",
	} {
		_, nodes := parsePage(t, pages()[name])
		if got := contentOf(elementOf(t, nodes, "title", "", "")); got != want {
			t.Errorf("the title is %q, want %q", got, want)
		}
	}
	none := healthy()
	none.Verdict = ""
	_, nodes := parsePage(t, none)
	if got := contentOf(elementOf(t, nodes, "title", "", "")); !strings.HasPrefix(got, "no verdict") {
		t.Errorf("without a verdict the title is %q", got)
	}
}

// TestHTMLSize holds the page to what a mail takes: the report's own size, and
// little more. Of the page's own 106 KiB, 15 are what makes a ticket, and a table of
// several reports.
func TestHTMLSize(t *testing.T) {
	whole, nodes := parsePage(t, broken())
	own := len(whole) - len(contentOf(elementOf(t, nodes, "pre", "id", "text")))
	for _, id := range []string{"report", "made"} {
		own -= len(contentOf(elementOf(t, nodes, "script", "id", id)))
	}
	t.Logf("the page has %d bytes, %d without the report", len(whole), own)
	if own > 106<<10 {
		t.Errorf("the page has %d bytes beside its report", own)
	}
}

// TestHTMLSaysWhatFails gives on the writer's error, and writes nothing of a
// report that cannot be encoded.
func TestHTMLSaysWhatFails(t *testing.T) {
	full := errors.New("no space left")
	if err := report.HTML(writerFunc(func([]byte) (int, error) { return 0, full }), healthy(), report.HTMLOptions{}); !errors.Is(err, full) {
		t.Errorf("got %v, want the writer's error", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestHTMLKnowsEveryFailure wants words in the page for every kind of failure
// that package probe has.
func TestHTMLKnowsEveryFailure(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../observation/failure.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, nodes := parsePage(t, healthy())
	var words struct{ Failures map[string]string }
	if err := json.Unmarshal([]byte(contentOf(elementOf(t, nodes, "script", "id", "words"))), &words); err != nil {
		t.Fatal(err)
	}
	// These say how long it was waited, or what the system said.
	for _, k := range []observation.Kind{observation.KindTimeout, observation.KindUndecided, observation.KindInterrupted, observation.KindOther} {
		words.Failures[string(k)] = "its own"
	}
	kinds := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Kind" {
			return true
		}
		kinds++
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if words.Failures[name] == "" {
			t.Errorf("the page has no words for %s", name)
		}
		return true
	})
	if kinds < 20 {
		t.Errorf("only %d kinds found", kinds)
	}
}

// TestHTMLStyleKeepsStrings: the page's style goes without spaces that only a
// reader needs, which no string of it may have.
func TestHTMLStyleKeepsStrings(t *testing.T) {
	files, err := filepath.Glob("html/*.css")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range regexp.MustCompile(`"[^"\n]*"`).FindAllString(string(b), -1) {
			if strings.Contains(s, ", ") || strings.ContainsAny(s, ":;{}'") {
				t.Errorf("%s: the string %s loses spaces", file, s)
			}
		}
	}
}
