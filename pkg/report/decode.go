package report

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxFile bounds, in bytes, a file with a report. PowerShell's redirection
// writes UTF-16, which doubles a report, with one character more in each line.
const MaxFile = 3 * MaxDocument

// decoded gives the document that a file has, as UTF-8 without a byte order
// mark. A document of more than MaxDocument bytes is cut behind them.
func decoded(file []byte) []byte {
	switch {
	case bytes.HasPrefix(file, []byte{0xff, 0xfe}):
		return fromUTF16(file[2:], binary.LittleEndian)
	case bytes.HasPrefix(file, []byte{0xfe, 0xff}):
		return fromUTF16(file[2:], binary.BigEndian)
	}
	doc := bytes.TrimPrefix(file, []byte("\ufeff"))
	if len(doc) > MaxDocument {
		doc = bytes.ReplaceAll(doc, []byte("\r\n"), []byte("\n")) // the shell's, not the report's
	}
	return doc[:min(len(doc), MaxDocument+1)]
}

// fromUTF16 gives UTF-8, with the replacement character for half a character,
// as browsers do. Of "\r\n" it leaves "\n".
func fromUTF16(b []byte, order binary.ByteOrder) []byte {
	unit := func(i int) rune {
		if i+2 > len(b) {
			return -1
		}
		return rune(order.Uint16(b[i:]))
	}
	doc := make([]byte, 0, min(len(b)/2+utf8.UTFMax, MaxDocument+utf8.UTFMax))
	for i := 0; i < len(b) && len(doc) <= MaxDocument; i += 2 {
		r := unit(i)
		if r == '\r' && unit(i+2) == '\n' {
			continue
		}
		if utf16.IsSurrogate(r) {
			if r = utf16.DecodeRune(r, unit(i+2)); r != utf8.RuneError {
				i += 2
			}
		}
		doc = utf8.AppendRune(doc, r)
	}
	return doc[:min(len(doc), MaxDocument+1)]
}
