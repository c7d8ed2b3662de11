package report

import (
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"strings"
)

// The parts of the page, as they are kept: one file a subject. The scripts are
// joined in this order into one function.
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
	//go:embed html/targets.js
	targetsJS string
	//go:embed html/servers.js
	serversJS string
	//go:embed html/copy.js
	copyJS string
	//go:embed html/page.js
	pageJS string
	//go:embed html/open.js
	openJS string
)

// pageParts are what differs from page to page. Title and text are escaped for
// HTML, words and data for a script.
type pageParts struct {
	title, text, words, data string
}

// assemblePage puts the page together. What is put in is not searched again for
// further places.
func assemblePage(p pageParts) string {
	style := styleSpaces.Replace(pageCode(styleCSS, pictureCSS, printCSS))
	script := "(() => {\n'use strict';\n" + pageCode(budgetJS, domJS, wordsJS, readJS, settledJS, proxiesJS, contradictJS, headlineJS,
		iconsJS, stagesJS, routeJS, pathJS, findingsJS, targetsJS, serversJS, copyJS, pageJS, openJS) + "})();\n"
	return strings.NewReplacer(
		"@policy@", pagePolicy(style, script),
		"@title@", p.title,
		"@style@", style,
		"@text@", p.text,
		"@words@", p.words,
		"@data@", p.data,
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

// pageCode joins scripts or styles without what a browser does not need: each
// page carries them, and pages are mailed. Comments have lines of their own.
func pageCode(files ...string) string {
	var b strings.Builder
	for line := range strings.Lines(pageLines(files...)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") && !(strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/")) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// styleSpaces drops the spaces of a style that only a reader needs: no string in
// it has these characters in a row.
var styleSpaces = strings.NewReplacer(": ", ":", "; }", "}", "; ", ";", ", ", ",", " { ", "{", " {", "{", " }", "}")

// pageLines joins files, with the line ends that a browser makes of all others
// before it computes a hash.
func pageLines(files ...string) string {
	return strings.ReplaceAll(strings.Join(files, ""), "\r\n", "\n")
}
