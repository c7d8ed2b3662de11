package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/diagnose"
	"github.com/ssmcheck/ssmcheck/pkg/endpoint"
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

// HTML writes d as one page that needs no server and no network. It contains the
// JSON report as data, which a script draws; without JavaScript it shows the report
// as text. The same page draws any saved JSON report that is dropped on it.
//
// Nothing of the report ever becomes markup. The page's own policy lets it run its one
// script and load nothing.
func HTML(w io.Writer, d *Document, o HTMLOptions) error {
	var long, short, data bytes.Buffer
	if err := JSON(&long, d); err != nil {
		return err
	}
	if err := json.Compact(&short, long.Bytes()); err != nil {
		return err
	}
	json.HTMLEscape(&data, short.Bytes()) // what could end a script or begin a comment, as Marshal does it
	words, err := json.Marshal(pageWords())
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
	made, err := json.Marshal(extra)
	if err != nil {
		return fmt.Errorf("encode what is made with the report: %w", err)
	}
	style := styleSpaces.Replace(pageCode(pageStyles))
	script := "(() => {\n'use strict';\n" + pageCode(pageScripts) + "})();\n"
	// In one pass, so that a part may contain the mark of another without harm.
	_, err = strings.NewReplacer(
		"@policy@", PagePolicy(style, script),
		"@title@", html.EscapeString(Sanitise(pageTitle(d), false)),
		"@style@", style,
		"@text@", html.EscapeString(pageText(text.String())),
		"@words@", string(words),
		"@data@", data.String(),
		"@made@", string(made),
		"@script@", script,
	).WriteString(w, pageLines("page.html"))
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
	return joinNonEmpty(" · ", verdict, nodeNames(d.Node), d.Node.Region, "ssmcheck")
}

// The parts of the page, one file a subject. The scripts are joined into one
// function, in this order.
var (
	//go:embed html
	pageFiles embed.FS

	pageStyles  = []string{"style.css", "picture.css", "print.css"}
	pageScripts = []string{
		"budget.js", "dom.js", "words.js", "read.js", "settled.js", "proxies.js", "contradict.js", "headline.js",
		"icons.js", "stages.js", "route.js", "path.js", "findings.js", "remedy.js", "targets.js", "servers.js",
		"copy.js", "ticket.js", "page.js", "files.js", "list.js", "open.js",
	}
)

// PagePolicy is the Content-Security-Policy of a page: one style and one script,
// known by their hashes, and nothing else from anywhere. No string becomes markup,
// not even by the script's own doing (Trusted Types).
func PagePolicy(style, script string) string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// pageCode joins scripts or styles without comments and indentation, to keep pages
// small enough to mail. Comments have lines of their own.
func pageCode(files []string) string {
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
	var b strings.Builder
	for _, name := range files {
		text, err := pageFiles.ReadFile("html/" + name)
		if err != nil {
			panic(err) // it is not embedded
		}
		b.Write(text)
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

// pageWords are the words and bounds that the page's script shares with this
// package.
func pageWords() map[string]any {
	capabilities := map[endpoint.Capability]string{}
	for _, c := range endpoint.Capabilities() {
		capabilities[c] = c.Title()
	}
	return map[string]any{
		"schema": Schema, "family": schemaFamily, "manual": diagnose.ManualPage, // which begins the address of a cause's page
		"max_document": MaxDocument, "max_values": maxValues, "max_list": maxList, "max_depth": maxDepth,
		"capabilities": capabilities, "failures": failureWords, "lookup_failed": lookupFailed,
		"verdicts": verdictWords, "severities": severityWords, "kinds": kindWords, "roles": roleWords,
		"headings": map[string]string{
			"capabilities": capabilitiesHeading, "optional": optionalHeading, "informational": informationalHeading,
			"evidence": evidenceHeading, "confirm": confirmHeading, "fix": fixHeading,
		},
	}
}
