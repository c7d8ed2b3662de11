package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestDraw(t *testing.T) {
	var b bytes.Buffer
	if err := draw(&b, strings.NewReader("\x1b[31;1mFAIL\x1b[0;22m  a <b> & c\nplain\n")); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, b.String())
		}
	}
	for _, want := range []string{
		`font-weight="bold" fill="#ff7b72">FAIL</text>`,
		`<text x="68.58" y="62" textLength="75.87">a &lt;b&gt; &amp; c</text>`,
		`>plain</text>`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the picture lacks %s:\n%s", want, b.String())
		}
	}
}
