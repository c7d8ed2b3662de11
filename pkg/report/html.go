package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
)

// HTMLOptions choose what an HTML report has in it. They never change what it
// says is wrong.
type HTMLOptions struct {
	// Text is how the report as text looks, which stands in the page for a
	// reader without JavaScript. It has no colour, and is never ASCII alone.
	Text TextOptions
}

// HTML writes d as one page that needs nothing else: no server, no network. The
// JSON report stands in it as data, and a script draws it; without JavaScript
// the page shows the report as text. The same page draws any saved JSON report
// that is dropped on it.
//
// Nothing of the report is ever markup. The page's own policy lets it run its
// one script and load nothing.
func HTML(w io.Writer, d *Document, o HTMLOptions) error {
	data, err := inScript(func(w io.Writer) error { return JSON(w, d) })
	if err != nil {
		return err
	}
	words, err := inScript(func(w io.Writer) error { return json.NewEncoder(w).Encode(pageWords()) })
	if err != nil {
		return fmt.Errorf("encode the words of the page: %w", err)
	}
	o.Text.Color, o.Text.ASCII = false, false
	var text strings.Builder
	if err := Text(&text, d, o.Text); err != nil {
		return err
	}
	page := assemblePage(pageParts{
		title: html.EscapeString(Sanitise(pageTitle(d), false)),
		text:  html.EscapeString(pageText(text.String())),
		words: words,
		data:  data,
	})
	_, err = io.WriteString(w, page)
	return err
}

// maxPageText is in bytes. The text of a run has a tenth of it at most; a browser
// lays a text of more out for seconds, also to replace it.
const maxPageText = 512 << 10

// pageText cuts a text that is too long for a page at the end of a line.
func pageText(s string) string {
	if len(s) <= maxPageText {
		return s
	}
	s = s[:maxPageText]
	if end := strings.LastIndexByte(s, '\n'); end >= 0 {
		s = s[:end+1]
	}
	return strings.ToValidUTF8(s, "") + "... cut here; ssmcheck diagnose prints it whole from the report as JSON\n"
}

// inScript gives what encode writes as it may stand in a <script>: compact, and
// without the characters that could end the element or begin a comment. In JSON
// they stand in strings only, where an escape means the same.
func inScript(encode func(io.Writer) error) (string, error) {
	var long, short bytes.Buffer
	if err := encode(&long); err != nil {
		return "", err
	}
	if err := json.Compact(&short, long.Bytes()); err != nil {
		return "", err
	}
	return scriptSafe.Replace(short.String()), nil
}

var scriptSafe = strings.NewReplacer(
	"<", `\u003c`,
	">", `\u003e`,
	"&", `\u0026`,
	"\u2028", `\u2028`,
	"\u2029", `\u2029`,
)

// pageTitle is what a browser's tab and a bookmark say.
func pageTitle(d *Document) string {
	verdict := "no verdict"
	if d.Verdict != "" {
		verdict = strings.ToUpper(string(d.Verdict))
	}
	var causes []string
	for _, f := range d.Findings {
		if f.Severity == diagnose.Error {
			causes = append(causes, string(f.Code))
		}
	}
	if len(causes) > 0 {
		verdict += " " + strings.Join(causes, ", ")
	}
	title := []string{verdict}
	for _, s := range []string{d.Node.InstanceID, d.Node.Region, "ssmcheck"} {
		if s != "" {
			title = append(title, s)
		}
	}
	return strings.Join(title, " · ")
}
