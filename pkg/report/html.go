package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// HTMLOptions choose what an HTML report contains. They never change what it says
// is wrong.
type HTMLOptions struct {
	// Text chooses how the text report in the page looks, which is for readers
	// without JavaScript. Color and ASCII are ignored.
	Text TextOptions
	// Fixes are the fixes as code by the name of their language ("cli", "terraform",
	// "cloudformation"), as package remedy writes them.
	Fixes map[string]string
	// Redacted is the same report of a redacted run, from NewRedacted: the page can
	// copy its judgement as a ticket. It is nil where d is redacted, or no copy could
	// be made.
	Redacted *Document
}

// pageMade is what a page has in addition to its report, as only this program can
// make it.
type pageMade struct {
	Remedy   map[string]string `json:"remedy,omitempty"`
	Redacted json.RawMessage   `json:"redacted,omitempty"` // as NDJSON
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
	extra := pageMade{Remedy: o.Fixes}
	if o.Redacted != nil {
		var b bytes.Buffer
		if err := NDJSON(&b, o.Redacted); err != nil {
			return err
		}
		extra.Redacted = b.Bytes()
	}
	made, err := inScript(func(w io.Writer) error { return json.NewEncoder(w).Encode(extra) })
	if err != nil {
		return fmt.Errorf("encode what is made with the report: %w", err)
	}
	page := assemblePage(pageParts{
		title: html.EscapeString(Sanitise(pageTitle(d), false)),
		text:  html.EscapeString(pageText(text.String())),
		words: words,
		data:  data,
		made:  made,
	})
	_, err = io.WriteString(w, page)
	return err
}

// maxPageText is in bytes. The text of a run has a tenth of it at most; for more,
// a browser takes seconds of layout.
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

// inScript gives what encode writes in a form that is safe in a <script>: compact,
// and without the characters that could end the element or begin a comment. JSON
// has them in strings only, where an escape means the same.
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
		if f.Severity == diagnose.Error && !f.Ignored {
			causes = append(causes, string(f.Code))
		}
	}
	if len(causes) > 0 {
		verdict += " " + strings.Join(causes, ", ")
	}
	title := []string{verdict}
	for _, s := range []string{nodeNames(d.Node), d.Node.Region, "ssmcheck"} {
		if s != "" {
			title = append(title, s)
		}
	}
	return strings.Join(title, " · ")
}

// The parts of the page, one file a subject. The scripts are joined into one
// function.
var (
	//go:embed html/page.html
	pageHTML string

	//go:embed html/style.css
	styleCSS string
	//go:embed html/picture.css
	pictureCSS string
	//go:embed html/print.css
	printCSS string

	//go:embed html/budget.js
	budgetJS string
	//go:embed html/dom.js
	domJS string
	//go:embed html/words.js
	wordsJS string
	//go:embed html/read.js
	readJS string
	//go:embed html/settled.js
	settledJS string
	//go:embed html/proxies.js
	proxiesJS string
	//go:embed html/contradict.js
	contradictJS string
	//go:embed html/headline.js
	headlineJS string
	//go:embed html/icons.js
	iconsJS string
	//go:embed html/stages.js
	stagesJS string
	//go:embed html/route.js
	routeJS string
	//go:embed html/path.js
	pathJS string
	//go:embed html/findings.js
	findingsJS string
	//go:embed html/remedy.js
	remedyJS string
	//go:embed html/targets.js
	targetsJS string
	//go:embed html/servers.js
	serversJS string
	//go:embed html/copy.js
	copyJS string
	//go:embed html/ticket.js
	ticketJS string
	//go:embed html/page.js
	pageJS string
	//go:embed html/files.js
	filesJS string
	//go:embed html/list.js
	listJS string
	//go:embed html/open.js
	openJS string
)

// pageParts are what differs from page to page. Title and text are escaped for
// HTML, the others for a script.
type pageParts struct {
	title, text, words, data, made string
}

// assemblePage puts the page together. A part may contain the mark of another
// without harm.
func assemblePage(p pageParts) string {
	style := styleSpaces.Replace(pageCode(styleCSS, pictureCSS, printCSS))
	script := "(() => {\n'use strict';\n" + pageCode(budgetJS, domJS, wordsJS, readJS, settledJS, proxiesJS,
		contradictJS, headlineJS, iconsJS, stagesJS, routeJS, pathJS, findingsJS, remedyJS, targetsJS, serversJS,
		copyJS, ticketJS, pageJS, filesJS, listJS, openJS) + "})();\n"
	return strings.NewReplacer(
		"@policy@", pagePolicy(style, script),
		"@title@", p.title,
		"@style@", style,
		"@text@", p.text,
		"@words@", p.words,
		"@data@", p.data,
		"@made@", p.made,
		"@script@", script,
	).Replace(pageLines(pageHTML))
}

// pagePolicy is the page's Content-Security-Policy: one style and one script, known
// by their hashes, and nothing else from anywhere. No string becomes markup,
// not even by the script's own doing (Trusted Types).
func pagePolicy(style, script string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"style-src " + pageHash(style),
		"script-src " + pageHash(script),
		"base-uri 'none'",
		"form-action 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

func pageHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// pageCode joins scripts or styles without comments and indentation, to keep pages
// small enough to mail. Comments have lines of their own.
func pageCode(files ...string) string {
	var b strings.Builder
	for line := range strings.Lines(pageLines(files...)) {
		line = strings.TrimSpace(line)
		comment := strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/")
		if line != "" && !comment {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// styleSpaces drops the spaces that a style does not need. No string in it has
// these sequences.
var styleSpaces = strings.NewReplacer(": ", ":", "; }", "}", "; ", ";", ", ", ",", " { ", "{", " {", "{", " }", "}")

// pageLines joins files, with the line ends that a browser computes hashes over.
func pageLines(files ...string) string {
	return strings.ReplaceAll(strings.Join(files, ""), "\r\n", "\n")
}

// scriptWords are the words and bounds that the page's script shares with this
// package.
type scriptWords struct {
	Schema       string            `json:"schema"`
	Family       string            `json:"family"`
	MaxDocument  int               `json:"max_document"`
	MaxFile      int               `json:"max_file"`
	MaxValues    int               `json:"max_values"`
	MaxList      int               `json:"max_list"`
	MaxDepth     int               `json:"max_depth"`
	Capabilities map[string]string `json:"capabilities"`
	Failures     map[string]string `json:"failures"`
	Verdicts     map[string]string `json:"verdicts"`
	Severities   map[string]string `json:"severities"`
	Kinds        map[string]string `json:"kinds"`
	Roles        map[string]string `json:"roles"`
	Headings     map[string]string `json:"headings"`
	LookupFailed string            `json:"lookup_failed"`
	// Manual begins the address of a cause's page, which a reader may follow.
	Manual string `json:"manual"`
}

// wordsOf maps values to their words. The empty value stands for all others.
func wordsOf[T ~string](words func(T) string, values ...T) map[string]string {
	out := map[string]string{}
	for _, v := range values {
		out[string(v)] = words(v)
	}
	return out
}

func pageWords() scriptWords {
	w := scriptWords{
		Schema: Schema, Family: schemaFamily,
		MaxDocument: MaxDocument, MaxFile: MaxFile, MaxValues: maxValues, MaxList: maxList, MaxDepth: maxDepth,
		Capabilities: map[string]string{}, Failures: map[string]string{}, LookupFailed: lookupFailed, Manual: diagnose.ManualPage,
		Verdicts:   wordsOf(verdictWord, diagnose.Pass, diagnose.Warn, diagnose.Fail, diagnose.Skip),
		Severities: wordsOf(severityWord, diagnose.Error, diagnose.Warning, diagnose.Info),
		Kinds:      wordsOf(kindWords, observation.NodeEC2, observation.NodeHybrid, ""),
		Roles:      wordsOf(roleWords, observation.RoleBehindStub, observation.RoleVPC, ""),
		Headings: map[string]string{
			"capabilities": capabilitiesHeading, "optional": optionalHeading, "informational": informationalHeading,
			"evidence": evidenceHeading, "confirm": confirmHeading, "fix": fixHeading,
		},
	}
	for _, c := range endpoint.Capabilities() {
		w.Capabilities[string(c)] = c.Title()
	}
	for _, x := range failureWords {
		w.Failures[string(x.kind)] = x.words
	}
	return w
}
