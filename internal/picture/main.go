// Command picture draws what a program wrote to a terminal as an SVG picture,
// for the documentation: the text with its colours, read from standard input.
// It does not run programs and knows no escape sequences but those of colours.
package main

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// The measures of the picture, in pixels; it is 82 columns wide.
const (
	charWidth  = 8.43
	lineHeight = 19
	margin     = 18
	bar        = 34
)

// foregrounds are the terminal's colours by their codes.
var foregrounds = map[int]string{
	31: "#ff7b72", 32: "#7ee787", 33: "#f2cc60", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 90: "#8b949e",
}

func main() {
	if err := draw(os.Stdout, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// draw reads the terminal's text and writes the picture.
func draw(w io.Writer, r io.Reader) error {
	var lines []string
	in := bufio.NewScanner(r)
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	if err := in.Err(); err != nil {
		return err
	}
	width, height := 692+2*margin, len(lines)*lineHeight+bar+2*margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="ssmcheck in a terminal">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="#161b22"/>`+"\n", width, height)
	for i, c := range []string{"#ff5f57", "#febc2e", "#28c840"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="6" fill="%s"/>`+"\n", margin+6+20*i, bar/2+4, c)
	}
	b.WriteString(`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">` + "\n")
	for i, line := range lines {
		drawLine(&b, line, bar+margin+i*lineHeight+10)
	}
	b.WriteString("</g>\n</svg>\n")
	_, err := w.Write(b.Bytes())
	return err
}

// drawLine writes one line as runs of one look each, every run at its column.
func drawLine(b *bytes.Buffer, line string, y int) {
	column, bold, colour := 0, false, ""
	for line != "" {
		text, rest, found := strings.Cut(line, "\x1b[")
		for _, word := range words(text) {
			fmt.Fprintf(b, `<text x="%.2f" y="%d" textLength="%.2f"`,
				margin+float64(column+word.at)*charWidth, y, float64(len([]rune(word.text)))*charWidth)
			if bold {
				b.WriteString(` font-weight="bold"`)
			}
			if colour != "" {
				fmt.Fprintf(b, ` fill="%s"`, colour)
			}
			b.WriteString(">")
			_ = xml.EscapeText(b, []byte(word.text)) // a bytes.Buffer takes everything
			b.WriteString("</text>\n")
		}
		column += len([]rune(text))
		if !found {
			return
		}
		var codes string
		codes, line, _ = strings.Cut(rest, "m")
		for code := range strings.SplitSeq(codes, ";") {
			n, _ := strconv.Atoi(code) // an empty code is 0
			switch {
			case n == 0:
				bold, colour = false, ""
			case n == 1:
				bold = true
			case n == 22:
				bold = false
			case n == 39:
				colour = ""
			case foregrounds[n] != "":
				colour = foregrounds[n]
			}
		}
	}
}

// A word is a piece of a line that has no space at its ends, and no two in a
// row: what draws SVG may fold spaces.
type word struct {
	at   int
	text string
}

func words(text string) []word {
	var ws []word
	at := 0
	for piece := range strings.SplitSeq(text, "  ") {
		trimmed := strings.TrimLeft(piece, " ")
		if start := at + len([]rune(piece)) - len([]rune(trimmed)); strings.TrimSpace(trimmed) != "" {
			ws = append(ws, word{start, strings.TrimRight(trimmed, " ")})
		}
		at += len([]rune(piece)) + 2
	}
	return ws
}
