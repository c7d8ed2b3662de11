package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLicences(t *testing.T) {
	module := fstest.MapFS{
		"LICENSE":                 {Data: []byte("BSD\n")},
		"NOTICE.txt":              {Data: []byte("notice")},
		"licence.go":              {Data: []byte("package x")},
		"inner/COPYING.md":        {Data: []byte("MIT")},
		".github/LICENSE":         {Data: []byte("hidden")},
		"inner/testdata/LICENSE":  {Data: []byte("of a test")},
		"inner/LICENSE/readme.md": {Data: []byte("in a directory of that name")},
	}
	deep, err := licenceFiles(module, "m v1", true)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := licenceFiles(module, "other v2", false)
	if err != nil {
		t.Fatal(err)
	}
	text := string(joinLicences(append(deep, flat...)))
	for _, want := range []string{
		"m v1, LICENSE\nother v2, LICENSE\n---", "m v1, NOTICE.txt\nother v2, NOTICE.txt\n---", "m v1, inner/COPYING.md\n---",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is not there once in\n%s", want, text)
		}
	}
	for _, word := range []string{"BSD", "notice", "MIT"} {
		if strings.Count(text, "\n"+word+"\n") != 1 {
			t.Errorf("the text %q is not there once in\n%s", word, text)
		}
	}
	if strings.Contains(text, "hidden") || strings.Contains(text, "of a test") || strings.Contains(text, "package x") {
		t.Errorf("a file that is no licence is in\n%s", text)
	}
	if _, err := licenceFiles(fstest.MapFS{"inner/LICENSE": {}}, "m", true); err == nil {
		t.Error("a module without a licence of its own passes")
	}
}

func TestNumbers(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "1.2.3-rc1": "1.2.3", "10.20.30-alpha5": "10.20.30", "": "", "1.2": "", "v1.2.3": "", "next": "",
	} {
		if got, err := numbers(version); got != want || err == nil != (want != "") {
			t.Errorf("numbers of %q: %q, %v, want %q", version, got, err, want)
		}
	}
}

func TestWriteEmpty(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, "a/b", nil); err == nil {
		t.Error("an empty file was written")
	}
	if err := write(dir, "a/b", []byte("x")); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(dir + "/a/b"); err != nil || string(b) != "x" {
		t.Errorf("the file has %q, %v", b, err)
	}
}
