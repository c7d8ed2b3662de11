package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// text is what a frame shows, without its looks.
func text(f frame) string {
	var b strings.Builder
	for _, line := range f.lines {
		for _, c := range line {
			b.WriteRune(c.char)
		}
		b.WriteString("\n")
	}
	return b.String()
}

const header = "Script started\n"

// timing has each piece written 2.5 s after the one before.
func timing(pieces ...string) []byte {
	var b bytes.Buffer
	for _, piece := range pieces {
		fmt.Fprintf(&b, "2.5 %d\n", len(piece))
	}
	return b.Bytes()
}

func TestReplay(t *testing.T) {
	progress, report := "a  ...\x1b[K\r\nb  ...\x1b[K\r\n", "\x1b[2A\r\x1b[J\x1b[31;1mFAIL\x1b[0;22m  x\r\n"+strings.Repeat("y", columns+1)+"\r\n"
	frames, err := replay([]byte(header+progress+report+"Script done\n"), timing(progress, report), "./x")
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) != 6 { // the prompt, three letters, the progress, the report
		t.Fatalf("%d frames", len(frames))
	}
	if got, want := text(frames[4]), "$ ./x\na  ...\nb  ...\n"; got != want {
		t.Errorf("progress: %q, want %q", got, want)
	}
	if got, want := text(frames[5]), "$ ./x\nFAIL  x\n"+strings.Repeat("y", columns)+"\ny\n"; got != want {
		t.Errorf("report: %q, want %q", got, want)
	}
	if d := (frames[5].from - frames[4].from).Seconds(); d != 2.5 {
		t.Errorf("the report comes %v s after the progress", d)
	}
	if first, plain := frames[5].lines[1][0], frames[5].lines[1][6]; first != (cell{'F', true, foregrounds[31]}) || plain != (cell{char: 'x'}) {
		t.Errorf("looks: %v, %v", first, plain)
	}
}

func TestReplay_unknown(t *testing.T) {
	for _, written := range []string{"\x1b[5;5H", "\x07", "\x1b[31"} {
		if _, err := replay([]byte(header+written), timing(written), "x"); err == nil {
			t.Errorf("%q is drawn", written)
		}
	}
	if _, err := replay([]byte(header+"x"), []byte("0 2\n"), "x"); err == nil {
		t.Error("a timing longer than its recording is drawn")
	}
}

func TestDraw(t *testing.T) {
	written := "\x1b[31;1mFAIL\x1b[0;22m  a <b> & c\r\n"
	frames, err := replay([]byte(header+written), timing(written), "x")
	if err != nil {
		t.Fatal(err)
	}
	picture := draw(frames)
	for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, picture)
		}
	}
	for _, want := range []string{
		`font-weight="bold" fill="#ff7b72">FAIL</text>`,
		`<text x="68.58" y="81" textLength="75.87">a &lt;b&gt; &amp; c</text>`,
		`<g class="frame" id="f1" visibility="hidden">`,
		`<g class="frame" id="f2" visibility="visible">`,
		"prefers-reduced-motion: no-preference",
	} {
		if !bytes.Contains(picture, []byte(want)) {
			t.Errorf("the picture lacks %s:\n%s", want, picture)
		}
	}
}
