package fleet

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader gives UTF-16 as UTF-8: Windows PowerShell writes what a command
// prints into a file so.
type utf16Reader struct {
	r   *bufio.Reader
	big bool
	out []byte // decoded and not yet taken
	// held is the first half of a pair, or 0.
	held rune
	err  error
}

// newUTF16 reads the byte order mark.
func newUTF16(r *bufio.Reader) (io.Reader, error) {
	first, err := r.ReadByte()
	if err == nil {
		_, err = r.ReadByte()
	}
	return &utf16Reader{r: r, big: first == 0xfe}, err
}

func (u *utf16Reader) Read(b []byte) (int, error) {
	for len(u.out) == 0 && u.err == nil {
		u.fill()
	}
	n := copy(b, u.out)
	if u.out = u.out[n:]; n > 0 {
		return n, nil
	}
	return 0, u.err
}

// fill decodes some more. Half a pair, and half a unit at the end, become U+FFFD.
func (u *utf16Reader) fill() {
	out := make([]byte, 0, 4096)
	for len(out) < cap(out)-2*utf8.UTFMax && u.err == nil {
		var unit [2]byte
		var n int
		if n, u.err = io.ReadFull(u.r, unit[:]); n < 2 {
			if n == 1 || u.held != 0 {
				out = utf8.AppendRune(out, utf8.RuneError)
			}
			break
		}
		r := rune(unit[0]) | rune(unit[1])<<8
		if u.big {
			r = rune(unit[0])<<8 | rune(unit[1])
		}
		switch {
		case u.held != 0 && r >= 0xdc00 && r < 0xe000:
			out = utf8.AppendRune(out, utf16.DecodeRune(u.held, r))
			u.held = 0
			continue
		case u.held != 0:
			out = utf8.AppendRune(out, utf8.RuneError)
			u.held = 0
		}
		if r >= 0xd800 && r < 0xdc00 {
			u.held = r
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	u.out = out
	if errors.Is(u.err, io.ErrUnexpectedEOF) {
		u.err = io.EOF
	}
}
