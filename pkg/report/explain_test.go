package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/manual"
	"github.com/ssmcheck/ssmcheck/pkg/report"
)

var (
	// uncoloured matches what sets a colour.
	uncoloured = regexp.MustCompile("\x1b\\[[0-9;]*m")
	// anchor matches a link within a page.
	anchor = regexp.MustCompile(`\]\(#([a-z0-9-]+)\)`)
)

// explanations are all texts that explain, by what they explain.
func explanations(t *testing.T, o report.TextOptions) map[string]string {
	t.Helper()
	texts := map[string]string{}
	add := func(name string, write func(io.Writer) error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		texts[name] = b.String()
	}
	for _, code := range diagnose.Codes() {
		page := pageOf(t, code)
		add(string(code), func(w io.Writer) error { return report.Explain(w, page, o) })
	}
	for _, c := range endpoint.Capabilities() {
		add(string(c), func(w io.Writer) error { return report.ExplainCapability(w, c, o) })
	}
	add("list", func(w io.Writer) error { return report.ExplainList(w, o) })
	return texts
}

func pageOf(t *testing.T, code diagnose.Code) manual.Page {
	t.Helper()
	page, ok := manual.Lookup(string(code))
	if !ok {
		t.Fatalf("the manual has no page about %s", code)
	}
	return page
}

// A page is printed whole: every heading but the first, every command as one
// line, every word, and nothing of the markup.
func TestExplain_printsThePage(t *testing.T) {
	for code, text := range explanations(t, report.TextOptions{ASCII: true, Width: 60}) {
		page, ok := manual.Lookup(code)
		if !ok {
			continue
		}
		flat := strings.Join(strings.Fields(text), " ")
		for i, s := range page.Sections {
			if i > 0 && !strings.Contains(text, "\n\n"+s.Heading+"\n") {
				t.Errorf("%s: no heading %q in\n%s", code, s.Heading, text)
			}
			for _, b := range s.Blocks {
				switch b.Kind {
				case manual.Commands, manual.Link:
					if want := "\n  " + strings.ReplaceAll(b.Text, "\n", "\n  ") + "\n"; !strings.Contains(text, want) {
						t.Errorf("%s: no %q in\n%s", code, want, text)
					}
				default:
					if want := strings.TrimSpace(b.Marker + " " + strings.ReplaceAll(b.Text, "`", "")); !strings.Contains(flat, want) {
						t.Errorf("%s: no %q in\n%s", code, want, text)
					}
				}
			}
		}
		if strings.Contains(text, "`") || strings.Contains(text, "\n#") {
			t.Errorf("%s: markup in\n%s", code, text)
		}
	}
}

// A finding that would be reported is not if one of these is.
func TestExplain_namesWhatExplainsIt(t *testing.T) {
	for code, text := range explanations(t, report.TextOptions{Width: 10000}) {
		_, list, found := strings.Cut(text, "\nNot reported if one of these explains it\n")
		by := diagnose.ExplainedBy(diagnose.Code(code))
		if found != (len(by) > 0) {
			t.Errorf("%s: a list of what explains it: %t", code, found)
		}
		for _, c := range by {
			if !strings.Contains(list, string(c)) {
				t.Errorf("%s: no %s in\n%s", code, c, text)
			}
		}
	}
}

// Code that fits on a line is not broken at its spaces.
func TestExplain_keepsCodeTogether(t *testing.T) {
	text := explanations(t, report.TextOptions{})["agent-stopped"]
	if !strings.Contains(text, "snap start --enable amazon-ssm-agent;") {
		t.Error(text)
	}
}

// Every text fits 80 columns, but for the addresses of pages, and is plain
// ASCII.
func TestExplanationsFit(t *testing.T) {
	for name, text := range explanations(t, report.TextOptions{ASCII: true}) {
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > 80 && !strings.Contains(line, "https://docs.aws") || n != len(line) {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: spaces at the end of %q", name, line)
			}
		}
	}
}

func TestExplain_layout(t *testing.T) {
	page := manual.Page{Title: "http-silent", Sections: []manual.Section{
		{Heading: "What it means", Blocks: []manual.Block{
			{Text: "The connection is up, a `GODEBUG=tlsmlkem=0 variable` is set, and no reply comes."}, {Text: "More."}}},
		{Heading: "Prove it", Blocks: []manual.Block{
			{Kind: manual.Commands, Text: "curl \\\n    https://HOST/"}, {Text: "The handshake completes, and no reply to the request arrives."}}},
		{Heading: "Fix it", Blocks: []manual.Block{
			{Kind: manual.Item, Marker: "1.", Text: "Exempt the host from inspection, or the network that it is in."}, {Kind: manual.Item, Marker: "10.", Text: "Wait."}}},
		{Heading: "AWS documentation", Blocks: []manual.Block{{Text: "AWS does not document it."}, {Kind: manual.Link, Marker: "-", Text: "https://docs.aws.amazon.com/x.html"}}},
	}}
	const want = `http-silent (error or warning)

The connection is up, a
GODEBUG=tlsmlkem=0 variable is set, and no reply
comes.

More.

Prove it
  curl \
      https://HOST/
    -> The handshake completes, and no reply to
       the request arrives.

Fix it
1. Exempt the host from inspection, or the network
   that it is in.
10. Wait.

AWS documentation
  AWS does not document it.
  https://docs.aws.amazon.com/x.html
`
	var b bytes.Buffer
	if err := report.Explain(&b, page, report.TextOptions{Width: 50}); err != nil {
		t.Fatal(err)
	}
	got, _, _ := strings.Cut(b.String(), "\nNot reported")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExplainList(t *testing.T) {
	list := explanations(t, report.TextOptions{Width: 10000})["list"]
	for _, code := range diagnose.Codes() {
		sentence := strings.ReplaceAll(pageOf(t, code).FirstSentence(), "`", "")
		if want := fmt.Sprintf("\n  %s (%s)\n      %s\n", code, diagnose.AtMost(code), sentence); !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for _, c := range endpoint.Capabilities() {
		if want := fmt.Sprintf("\n  %s\n      %s\n", c, c.Title()); !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
}

func TestExplainCapability(t *testing.T) {
	texts := explanations(t, report.TextOptions{Width: 10000})
	for _, c := range endpoint.Capabilities() {
		if !strings.Contains(texts[string(c)], "\n- ") {
			t.Errorf("%s is said to need nothing", c)
		}
	}
	const bucketHost = " at s3.dualstack.REGION.amazonaws.com: "
	for _, want := range []string{
		"\n- ssm.REGION.amazonaws.com: ", "\n- ssmmessages.REGION.amazonaws.com: ", ", with WebSocket; or ec2messages.REGION.amazonaws.com: ",
		"\n- s3.dualstack.REGION.amazonaws.com: ", "\n- bucket aws-ssm-REGION" + bucketHost,
		"\n- bucket patch-baseline-snapshot-REGION" + bucketHost, "\n- bucket aws-windows-downloads-REGION" + bucketHost,
		"\n  ssmcheck endpoints --region REGION --for patch-manager\n  ssmcheck --region REGION --for patch-manager\n",
	} {
		if text := texts["patch-manager"]; !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Colour changes nothing that is said.
func TestExplainColour(t *testing.T) {
	plain := explanations(t, report.TextOptions{})
	for name, text := range explanations(t, report.TextOptions{Color: true}) {
		if !strings.Contains(text, "\x1b[") || uncoloured.ReplaceAllString(text, "") != plain[name] {
			t.Errorf("%s in colour is another text", name)
		}
	}
}

// In docs/causes.md every link leads to a heading of the page.
func TestManualMarkdown_links(t *testing.T) {
	var b bytes.Buffer
	if err := report.ManualMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	links := anchor.FindAllStringSubmatch(page, -1)
	if len(links) < len(diagnose.Codes()) {
		t.Fatalf("only %d links", len(links))
	}
	for _, m := range links {
		if !strings.Contains(strings.ToLower(page), "# "+m[1]+"\n") {
			t.Errorf("no heading for the link to #%s", m[1])
		}
	}
	if strings.Count(page, "```")%2 != 0 {
		t.Error("a block of commands has no end")
	}
}

func TestExplainWriterFails(t *testing.T) {
	broken := errors.New("broken")
	page := pageOf(t, diagnose.EndpointBlocked)
	for i, write := range []func(io.Writer) error{
		func(w io.Writer) error { return report.Explain(w, page, report.TextOptions{}) },
		func(w io.Writer) error {
			return report.ExplainCapability(w, endpoint.SessionManager, report.TextOptions{})
		},
		func(w io.Writer) error { return report.ExplainList(w, report.TextOptions{}) },
		func(w io.Writer) error { return report.ManualMarkdown(w) },
		func(w io.Writer) error { return report.CauseMarkdown(w, page) },
		func(w io.Writer) error { return report.CapabilityMarkdown(w, endpoint.SessionManager) },
	} {
		if err := write(failing{broken}); !errors.Is(err, broken) {
			t.Errorf("%d: error %v, want the writer's", i, err)
		}
	}
}
