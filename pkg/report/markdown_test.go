package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

// rendered is Markdown as a tracker shows it that lets all HTML pass: the
// elements that come out of it, in order.
func rendered(t *testing.T, markdown string) []*nethtml.Node {
	t.Helper()
	var b bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert([]byte(markdown), &b); err != nil {
		t.Fatal(err)
	}
	root, err := nethtml.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var all []*nethtml.Node
	for n := range root.Descendants() {
		all = append(all, n)
	}
	return all
}

// shape counts the elements.
func shape(nodes []*nethtml.Node) map[string]int {
	count := map[string]int{}
	for _, n := range nodes {
		if n.Type == nethtml.ElementNode {
			count[n.Data]++
		}
	}
	return count
}

func within(n *nethtml.Node, name string) bool {
	for p := range n.Ancestors() {
		if p.Type == nethtml.ElementNode && p.Data == name {
			return true
		}
	}
	return false
}

// A ticket has the evidence of informational findings too.
func TestMarkdown_infoEvidence(t *testing.T) {
	d := broken()
	d.Findings = append(d.Findings, diagnose.Finding{Code: diagnose.AgentEndpointOverride, Severity: diagnose.Info, Title: "other endpoints", Evidence: []string{"ssm is corp"}})
	if got := formatted(t, d, report.Markdown); !strings.Contains(got, "  - ssm is corp\n") {
		t.Errorf("no evidence of the info:\n%s", got)
	}
}

// What is the same at several hosts is said once, in words.
func TestMarkdown_severalHosts(t *testing.T) {
	d := broken()
	var lines []string
	for _, target := range d.Targets[:2] {
		lines = append(lines, "10.0.1.101:443 ("+target.Host+`): certificate for "`+target.Host+`", issued by "CN=Box"`)
	}
	d.Findings = append(d.Findings, diagnose.Finding{Code: diagnose.TLSIntercepted, Severity: diagnose.Warning, Title: "opened", Evidence: lines})
	got := formatted(t, d, report.Markdown)
	if !strings.Contains(got, "certificate for the host, issued by") || strings.Contains(got, "host&gt;") || strings.Contains(got, "<host") || strings.Contains(got, "host>") {
		t.Errorf("the two hosts:\n%s", got)
	}
}

// Whatever stands in the texts, the ticket has the same elements: nothing ends
// a span, a block or a table, and nothing becomes a link or a picture.
func TestMarkdownHostile(t *testing.T) {
	want := shape(rendered(t, formatted(t, filled("plain text"), report.Markdown)))
	nodes := rendered(t, formatted(t, filled(attack), report.Markdown))
	if diff := cmp.Diff(want, shape(nodes)); diff != "" {
		t.Errorf("the elements (-harmless +attacked):\n%s", diff)
	}
	for name := range want {
		switch name {
		case "html", "head", "body", "h2", "h3", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "br":
		default:
			t.Errorf("an element that the report has no use for: %s", name)
		}
	}
	for _, n := range nodes {
		switch {
		case n.Type == nethtml.CommentNode && strings.TrimSpace(n.Data) != "":
			t.Errorf("a comment: %s", n.Data)
		case n.Type == nethtml.TextNode && !within(n, "code"):
			for _, call := range []string{"@everyone", "#1"} {
				if strings.Contains(n.Data, call) {
					t.Errorf("a tracker would take %s for its own: %.80q", call, n.Data)
				}
			}
		}
	}
}

// What a report has is shown, and not only kept from doing harm.
func TestMarkdownShows(t *testing.T) {
	var seen strings.Builder
	for _, n := range rendered(t, formatted(t, filled("a|b `c` *d* 10.0.0.1 <e> \\f"), report.Markdown)) {
		if n.Type == nethtml.TextNode {
			seen.WriteString(n.Data)
		}
	}
	if n := strings.Count(seen.String(), "`c` *d* 10.0.0.1 <e> \\f"); n < 20 {
		t.Errorf("shown %d times in:\n%s", n, &seen)
	}
}
