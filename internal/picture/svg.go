package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// The measures of the picture, in pixels.
const (
	charWidth  = 8.43
	lineHeight = 19
	margin     = 18
	bar        = 34
)

// hold is how long the last frame stays before the animation restarts. It runs only
// rounds times, because endless motion next to a text distracts its readers.
const (
	hold   = 8 * time.Second
	rounds = 3
)

// draw returns the picture. It shows the last frame to viewers that prefer reduced
// motion or ignore style sheets.
func draw(frames []frame) []byte {
	height := 0
	for _, f := range frames {
		height = max(height, len(f.lines))
	}
	width, height := columns*charWidth+2*margin, height*lineHeight+bar+2*margin
	last := len(frames) - 1
	total := frames[last].from + hold

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img" aria-label="ssmcheck in a terminal">`+"\n", width, height, width, height)
	b.WriteString("<style>\n@media (prefers-reduced-motion: no-preference) {\n")
	fmt.Fprintf(&b, "  .frame { animation-duration: %.2fs; animation-timing-function: step-end; animation-iteration-count: %d }\n", total.Seconds(), rounds)
	for i, f := range frames {
		until := total
		if i < last {
			until = frames[i+1].from
		}
		fmt.Fprintf(&b, "  #f%d { animation-name: f%d }\n  @keyframes f%d { 0%% { visibility: %s } %.3f%% { visibility: visible } %.3f%% { visibility: %s } }\n",
			i, i, i, visibility(i == 0), percent(f.from, total), percent(until, total), visibility(i == last))
	}
	b.WriteString("}\n</style>\n")
	fmt.Fprintf(&b, `<rect width="%.0f" height="%d" rx="8" fill="#161b22"/>`+"\n", width, height)
	for i, c := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="6" fill="%s"/>`+"\n", margin+6+20*i, bar/2+4, c)
	}
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">` + "\n")
	for i, f := range frames {
		fmt.Fprintf(&b, `<g class="frame" id="f%d" visibility="%s">`+"\n", i, visibility(i == last))
		for row, line := range f.lines {
			drawLine(&b, line, bar+margin+row*lineHeight+10)
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes()
}

func visibility(visible bool) string {
	if visible {
		return "visible"
	}
	return "hidden"
}

func percent(d, of time.Duration) float64 { return 100 * float64(d) / float64(of) }

// drawLine writes a line as runs of one style, each at its column. A run neither begins
// nor ends with a space nor has two in a row, because SVG renderers may collapse them.
func drawLine(b *bytes.Buffer, line []cell, y int) {
	blank := func(i int) bool { return i >= len(line) || line[i].char == ' ' }
	for at := 0; at < len(line); at++ {
		if blank(at) {
			continue
		}
		var run strings.Builder
		end := at
		for ; end < len(line) && line[end].bold == line[at].bold && line[end].colour == line[at].colour; end++ {
			if blank(end) && (blank(end+1) || line[end+1].bold != line[at].bold || line[end+1].colour != line[at].colour) {
				break
			}
			run.WriteRune(line[end].char)
		}
		fmt.Fprintf(b, `<text x="%.2f" y="%d" textLength="%.2f"`, margin+float64(at)*charWidth, y, float64(end-at)*charWidth)
		if line[at].bold {
			b.WriteString(` font-weight="bold"`)
		}
		if line[at].colour != "" {
			fmt.Fprintf(b, ` fill="%s"`, line[at].colour)
		}
		b.WriteString(">")
		_ = xml.EscapeText(b, []byte(run.String())) // a bytes.Buffer takes everything
		b.WriteString("</text>\n")
		at = end - 1
	}
}
