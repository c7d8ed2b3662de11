package report_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
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
		e, ok := diagnose.Explain(code)
		if !ok {
			t.Fatalf("%s is not explained", code)
		}
		add(string(code), func(w io.Writer) error { return report.Explain(w, e, o) })
	}
	for _, c := range endpoint.Capabilities() {
		add(string(c), func(w io.Writer) error { return report.ExplainCapability(w, c, o) })
	}
	add("list", func(w io.Writer) error { return report.ExplainList(w, diagnose.Families(), o) })
	return texts
}

// Where AWS has no page on a cause the text says so.
func TestExplainSaysWhatAWSHas(t *testing.T) {
	texts := explanations(t, report.TextOptions{})
	for _, code := range diagnose.Codes() {
		e, _ := diagnose.Explain(code)
		text := texts[string(code)]
		if _, after, ok := strings.Cut(text, "\nAWS's documentation\n"); !ok ||
			strings.HasPrefix(after, "  AWS does not document it.\n") != (len(e.See) == 0) {
			t.Errorf("%s:\n%s", code, text)
		}
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

func TestExplain(t *testing.T) {
	texts := explanations(t, report.TextOptions{ASCII: true})
	for _, name := range []string{"endpoint-blocked", "patch-manager", "list"} {
		golden(t, "explain."+name+".txt", texts[name])
	}
	for _, code := range diagnose.Codes() {
		if !strings.Contains(texts["list"], "  "+string(code)+" (") {
			t.Errorf("the list lacks %s", code)
		}
	}
	for _, c := range endpoint.Capabilities() {
		if !strings.Contains(texts["list"], "  "+string(c)+"\n") {
			t.Errorf("the list lacks %s", c)
		}
		if !strings.Contains(texts[string(c)], "\n- ") {
			t.Errorf("%s is said to need nothing", c)
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

// In the page of causes every link leads to a heading of the page.
func TestCausesMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := report.CausesMarkdown(&b, diagnose.Families()); err != nil {
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
	e, _ := diagnose.Explain("endpoint-blocked")
	for i, write := range []func(io.Writer) error{
		func(w io.Writer) error { return report.Explain(w, e, report.TextOptions{}) },
		func(w io.Writer) error {
			return report.ExplainCapability(w, endpoint.SessionManager, report.TextOptions{})
		},
		func(w io.Writer) error { return report.ExplainList(w, diagnose.Families(), report.TextOptions{}) },
		func(w io.Writer) error { return report.CausesMarkdown(w, diagnose.Families()) },
		func(w io.Writer) error { return report.CauseMarkdown(w, e) },
		func(w io.Writer) error { return report.CapabilityMarkdown(w, endpoint.SessionManager) },
	} {
		if err := write(failing{broken}); !errors.Is(err, broken) {
			t.Errorf("%d: error %v, want the writer's", i, err)
		}
	}
}
