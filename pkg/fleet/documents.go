package fleet

import (
	"bytes"
	"errors"
	"io"
)

const (
	// maxDocument bounds one report. The largest that a run in the lab makes has
	// 230 KiB.
	maxDocument = 8 << 20
	// batchSize is read at a time: some 60 compact reports.
	batchSize = 256 << 10
)

// ErrTooLarge says that a document is larger than any report.
var ErrTooLarge = errors.New("larger than 8 MiB, which no report is")

var (
	errNoBrace = errors.New("not JSON: a report begins with a brace")
	errEmpty   = errors.New("it holds no report")
)

// A batch is a piece of an input that holds whole documents.
type batch struct {
	path string
	line int // the number of its first line
	text []byte
	// kind and err stand in for documents that cannot be read.
	kind Kind
	err  error
}

// split reads an input and passes it on in batches. A batch ends before a line that
// begins with a brace (see errNext), so that batches can be scanned in parallel and
// damage in one does not affect the next. next allocates a buffer. The error is the
// reader's, or give's.
func split(path string, r io.Reader, next func(size int) []byte, give func(batch) error) error {
	buf, n, line := next(batchSize), 0, 1
	empty, skipping := true, false
	for {
		var err error
		for n < len(buf) && err == nil {
			var got int
			got, err = r.Read(buf[n:])
			n += got
		}
		ended := err != nil // otherwise the buffer is full
		if skipping {       // the rest of a document that is too large
			end := bytes.Index(buf[:n], nextDocument) + 1
			if skipping = end == 0; skipping && ended {
				return finish(path, err, false, give)
			} else if skipping {
				end = n - 1 // the last byte may be the newline before a brace
			}
			line += bytes.Count(buf[:end], newline)
			n = copy(buf, buf[end:n])
			if !ended {
				continue
			}
		}
		end := n
		if !ended {
			if end = bytes.LastIndex(buf[:n], nextDocument) + 1; end < 2 {
				end = sameLine(buf[:n])
			}
		}
		switch {
		case end > 0 || ended:
			whole, rest := buf[:end], buf[end:n]
			if len(bytes.TrimSpace(whole)) > 0 {
				empty = false
				if err := give(batch{path: path, line: line, text: whole}); err != nil {
					return err
				}
			}
			if ended {
				return finish(path, err, empty, give)
			}
			line += bytes.Count(whole, newline)
			buf = next(max(batchSize, len(rest)+batchSize/2))
			n = copy(buf, rest)
		case n < maxDocument:
			larger := next(min(2*n, maxDocument))
			copy(larger, buf)
			buf = larger
		default:
			empty, skipping = false, true
			if err := give(batch{path: path, line: line, kind: TooLarge, err: ErrTooLarge}); err != nil {
				return err
			}
		}
	}
}

// finish says how the input ended.
func finish(path string, err error, empty bool, give func(batch) error) error {
	if !errors.Is(err, io.EOF) { // io.ErrUnexpectedEOF is of a compressed file that is cut off
		return err
	}
	if empty {
		return give(batch{path: path, kind: Empty, err: errEmpty})
	}
	return nil
}

var newline, nextDocument = []byte{'\n'}, []byte("\n{")

// sameLine finds the end of the last whole document of a text in which no line
// begins one.
func sameLine(text []byte) (end int) {
	for i := 0; i < len(text); {
		if blank(text[i]) {
			i++
			continue
		}
		s := scanner{b: text, i: i}
		if text[i] != '{' {
			break
		}
		if _, err := s.skip(0); err != nil {
			break
		}
		i, end = s.i, s.i
	}
	return end
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// documents scans a batch, and calls use for each report in it, and problem for
// anything else.
func (b batch) documents(d *document, use func(*document, Place), problem func(Kind, Place, error)) {
	if b.err != nil {
		problem(b.kind, Place{b.path, b.line}, b.err)
		return
	}
	b.each(d.parse, func(text []byte, at Place, err error) {
		if err != nil {
			problem(Damaged, at, err)
		} else if len(text) > maxDocument {
			problem(TooLarge, at, ErrTooLarge)
		} else if kind, err := d.check(); err != nil {
			problem(kind, at, err)
		} else {
			use(d, at)
		}
	})
}

// each calls use for every document of a batch. parse returns the length of the
// document at the beginning of a text. If it fails, use gets its error and the text
// up to the next document.
func (b batch) each(parse func([]byte) (int, error), use func(text []byte, at Place, err error)) {
	line, counted := b.line, 0
	for i := 0; i < len(b.text); {
		if blank(b.text[i]) {
			i++
			continue
		}
		line += bytes.Count(b.text[counted:i], newline)
		counted = i
		n, err := 0, errNoBrace
		if b.text[i] == '{' {
			n, err = parse(b.text[i:])
		}
		if err != nil {
			n = len(b.text) - i
			if next := bytes.Index(b.text[i:], nextDocument); next >= 0 {
				n = next + 1
			}
		}
		use(b.text[i:i+n], Place{b.path, line}, err)
		i += n
	}
}

// Documents reads an input as Read does, compressed or not, and calls use for the
// text of each document. It does not check that a text is a report, or even JSON. It
// stops with use's error, the reader's, or ErrTooLarge at a document larger than any
// report: nothing after that is read, so that an endless input ends.
func Documents(path string, r io.Reader, use func(text []byte, at Place) error) error {
	in := &input{Roll: new(Roll)}
	plain, err := in.decoded(r)
	if err != nil {
		return err
	}
	parse := func(b []byte) (int, error) {
		s := scanner{b: b}
		_, err := s.skip(0)
		return s.i, err
	}
	// The texts are the caller's: no memory is used twice.
	memory := func(size int) []byte { return make([]byte, size) }
	return split(path, plain, memory, func(b batch) error {
		if b.err != nil && b.kind != Empty {
			return b.err
		}
		var ended error
		b.each(parse, func(text []byte, at Place, _ error) {
			if ended == nil {
				ended = use(text, at)
			}
		})
		return ended
	})
}
