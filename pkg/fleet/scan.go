package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
)

// maxDepth bounds the nesting of a document. A report nests about ten deep.
const maxDepth = 200

var (
	// errMore: the text ends before the value does.
	errMore = errors.New("the report is cut off")
	// errNext: another document begins in the middle of this one. A line that
	// begins with a brace always begins a document: JSON is written on one line, or
	// with its inner lines indented. So a damaged report never takes the next one
	// with it, and finding the next one takes no second reading.
	errNext = errors.New("the report is cut off: the next line begins another one")
	// errDeep: no report nests so deep.
	errDeep = errors.New("the report nests deeper than one can")
)

// A scanner walks through JSON and checks it, without building values:
// encoding/json would decode 100,000 reports in a minute, this skips over nearly
// all of them. After an error, i is where it was noticed.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) bad(what string) error {
	return fmt.Errorf("not JSON: %s at byte %d of the report", what, s.i+1)
}

// space skips white space within a document.
func (s *scanner) space() error {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\r':
		case '\n':
			if s.i+1 < len(s.b) && s.b[s.i+1] == '{' {
				return errNext
			}
		default:
			return nil
		}
		s.i++
	}
	return errMore
}

// unescaped are the bytes that stand for themselves in a string.
var unescaped = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// str skips a string, and returns what is between its quotes.
func (s *scanner) str() ([]byte, error) {
	s.i++
	start, b := s.i, s.b
	i := start
	for {
		for i < len(b) && unescaped[b[i]] {
			i++
		}
		if s.i = i; i >= len(b) {
			return nil, errMore
		}
		switch b[i] {
		case '"':
			s.i = i + 1
			return b[start:i], nil
		case '\n':
			return nil, errors.New("the report is cut off within a text")
		case '\\':
			n, err := s.escape()
			if err != nil {
				return nil, err
			}
			i += n
		default:
			return nil, s.bad("a control character in a text")
		}
	}
}

// escape returns the length of the escape at the position.
func (s *scanner) escape() (int, error) {
	if s.i+1 >= len(s.b) {
		return 0, errMore
	}
	switch s.b[s.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
		if s.i+6 > len(s.b) {
			return 0, errMore
		}
		for _, c := range s.b[s.i+2 : s.i+6] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0, s.bad("an invalid escape")
			}
		}
		return 6, nil
	}
	return 0, s.bad("an invalid escape")
}

// skip skips a value, whose first byte is at the position, and returns it.
func (s *scanner) skip(depth int) ([]byte, error) {
	start := s.i
	var err error
	switch c := s.b[s.i]; c {
	case '"':
		_, err = s.str()
	case '{':
		err = s.each(depth, func([]byte) error { _, err := s.skip(depth + 1); return err })
	case '[':
		err = s.list(depth, func() error { _, err := s.skip(depth + 1); return err })
	case 't':
		err = s.word("true")
	case 'f':
		err = s.word("false")
	case 'n':
		err = s.word("null")
	default:
		err = s.number()
	}
	if err != nil {
		return nil, err
	}
	return s.b[start:s.i], nil
}

// each calls f for the value of each member of an object, with the member's name.
func (s *scanner) each(depth int, f func(name []byte) error) error {
	return s.list(depth, func() error {
		if s.b[s.i] != '"' {
			return s.bad("a member without a name")
		}
		name, err := s.str()
		if err == nil {
			err = s.space()
		}
		if err != nil {
			return err
		}
		if s.b[s.i] != ':' {
			return s.bad("a missing colon")
		}
		s.i++
		if err := s.space(); err != nil {
			return err
		}
		return f(name)
	})
}

// list calls f for each value of an array, or each member of an object.
func (s *scanner) list(depth int, f func() error) error {
	if depth > maxDepth {
		return errDeep
	}
	end := s.b[s.i] + 2 // in ASCII, of [ and of {
	s.i++
	if err := s.space(); err != nil {
		return err
	}
	if s.b[s.i] == end {
		s.i++
		return nil
	}
	for {
		err := s.space()
		if err == nil {
			err = f()
		}
		if err == nil {
			err = s.space()
		}
		if err != nil {
			return err
		}
		if c := s.b[s.i]; c == end {
			s.i++
			return nil
		} else if c != ',' {
			return s.bad("a missing comma")
		}
		s.i++
	}
}

func (s *scanner) word(w string) error {
	for k := range len(w) {
		if s.i >= len(s.b) {
			return errMore
		}
		if s.b[s.i] != w[k] {
			return s.bad("no value")
		}
		s.i++
	}
	return nil
}

// digits skips one digit or more.
func (s *scanner) digits() error {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	switch {
	case s.i >= len(s.b):
		return errMore // no document ends with a number
	case s.i == start:
		return s.bad("no value")
	}
	return nil
}

func (s *scanner) number() error {
	if s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++ // and nothing after it
	} else if err := s.digits(); err != nil {
		return err
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if err := s.digits(); err != nil {
			return err
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		return s.digits()
	}
	return nil
}

// unquote gives the text of what is between the quotes of a string that was
// scanned. It shares memory with raw if there is no escape.
func unquote(raw []byte) []byte {
	for _, c := range raw {
		if c == '\\' || c >= 0x80 { // an escape, or perhaps no UTF-8
			var text string
			// The scanner has checked it.
			_ = json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &text)
			return []byte(text)
		}
	}
	return raw
}
