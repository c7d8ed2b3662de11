package report

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// asUTF16 is a text as PowerShell's redirection saves it, in either order.
func asUTF16(text string, bigEndian bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"))) {
		pair := []byte{byte(u), byte(u >> 8)}
		if bigEndian {
			slices.Reverse(pair)
		}
		b = append(b, pair...)
	}
	return b
}

func TestReadJSON_asPowerShellSavesIt(t *testing.T) {
	const text = "{\"schema\": \"ssmcheck.report/v1\",\n \"verdict\": \"é\u20ac\U0001f600\",\n \"observations\": {}}\n"
	for name, file := range map[string][]byte{
		"UTF-8":         []byte(text),
		"UTF-8, BOM":    []byte("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")),
		"little endian": asUTF16(text, false),
		"big endian":    asUTF16(text, true),
	} {
		d, err := ReadJSON(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := string(d.Verdict), "é\u20ac\U0001f600"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Half a character is one that is replaced, and never the end of the program.
func TestDecoded_halfACharacter(t *testing.T) {
	for file, want := range map[string]string{
		"\xff\xfe":                      "",
		"\xff\xfea":                     "\ufffd",
		"\xff\xfe\x3d\xd8":              "\ufffd",
		"\xff\xfe\x3d\xd8a\x00":         "\ufffda",
		"\xff\xfe\x00\xde":              "\ufffd",
		"\xff\xfe\x3d\xd8\x00\xdea":     "\U0001f600\ufffd",
		"\xfe\xff\x00\r\x00\n\x00\r":    "\r\n\r",
		"\xff":                          "\xff",
		"\xef\xbb\xbf\xef\xbb\xbf{\r\n": "\ufeff{\r\n",
	} {
		if got := string(decoded([]byte(file))); got != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
}

// The bound is the report's: its form on a disk may be larger, but not at will.
func TestReadJSON_boundOfEncodings(t *testing.T) {
	const begin, end = "{\"schema\": \"ssmcheck.report/v1\", \"observations\": {}, \"x\":\n\"", "\"}"
	largest := begin + strings.Repeat("x", MaxDocument-len(begin)-len(end)) + end
	for name, file := range map[string][]byte{
		"UTF-8":      []byte(largest),
		"UTF-8, BOM": []byte("\ufeff" + strings.ReplaceAll(largest, "\n", "\r\n")),
		"UTF-16":     asUTF16(largest, false),
	} {
		if _, err := ReadJSON(bytes.NewReader(file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	longer := strings.Replace(largest, "x", "xx", 1)
	endless := append([]byte("\xff\xfe"), bytes.Repeat([]byte("\r\x00\n\x00"), MaxFile/4)...)
	for name, file := range map[string][]byte{
		"UTF-8":           []byte(longer),
		"UTF-8, BOM":      []byte("\ufeff" + longer),
		"UTF-16":          asUTF16(longer, true),
		"UTF-16, of ends": endless,
	} {
		if _, err := ReadJSON(bytes.NewReader(file)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, ErrTooLarge)
		}
	}
}
