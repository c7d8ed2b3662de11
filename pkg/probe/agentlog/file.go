package agentlog

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Bounds of what is read, in bytes.
const (
	mainWindow  = 256 << 10
	smallWindow = 64 << 10
	// startWindow is how far back the last start is looked for.
	startWindow = 8 << 20
	chunk       = 256 << 10
)

var (
	errNotRegular = errors.New("not a regular file")
	errLink       = errors.New("a link of another user leads to it")
	errNoReader   = errors.New("it cannot be read from its end")
	errElsewhere  = errors.New("it is on another drive or a network share, or its place depends on the agent's working directory")
)

// A tail is an open log, of which the end is read.
type tail struct {
	io.ReaderAt
	io.Closer
	size    int64
	changed time.Time
}

// openTail opens a regular file. It looks before it opens: to open a FIFO would wait for
// a writer for ever. No link of another user is followed, who could make the agent's log
// any file that root reads.
func (d disk) openTail(name string) (*tail, error) {
	name, err := d.resolve(name)
	if err != nil {
		return nil, err
	}
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	r, ok := f.(io.ReaderAt)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errNotRegular
	case !ok:
		err = errNoReader
	default:
		return &tail{r, f, info.Size(), info.ModTime()}, nil
	}
	_ = f.Close() // nothing was written to it
	return nil, err
}

// end reads the last bytes of the file before a place, at most n, and says where they begin.
func (t *tail) end(before, n int64) (b []byte, from int64, err error) {
	from = max(0, before-n)
	b, err = t.read(make([]byte, before-from), from)
	return b, from, err
}

// read fills a buffer from a place on: less of it, if the file was rotated meanwhile. Any
// other end is a failure: of a log that a disk gives a part of, nobody knows what the rest
// says, a success perhaps.
func (t *tail) read(b []byte, from int64) ([]byte, error) {
	n, err := t.ReadAt(b, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

// text gives what was read as text from its first whole line on. NULs are left out: a
// crash leaves them, and UTF-16 is ASCII between them.
func text(b []byte, whole bool) string {
	if !whole {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return ""
		}
		b = b[i+1:]
	}
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	return string(bytes.TrimLeft(b, "\xef\xbb\xbf\xff\xfe"))
}

// lastStart finds the line of the last start before a place. worker: the worker wrote a
// line after it.
func (t *tail) lastStart(before int64) (line string, worker observation.Known) {
	buffer := make([]byte, chunk+overlap)
	for first := max(0, before-startWindow); before > first; before -= chunk {
		from := max(0, before-chunk)
		b, err := t.read(buffer[:before-from+overlap], from)
		if err != nil {
			return "", worker // not found: the newer lines, which were read, count all the same
		}
		i := lastIndex(b, startMark)
		if bytes.Contains(b[max(0, i):], []byte(workerTags[0])) {
			worker = observation.Yes
		}
		if i >= 0 {
			begin := bytes.LastIndexByte(b[:i], '\n') + 1
			line, _, _ := bytes.Cut(b[begin:], []byte{'\n'})
			return string(line), worker
		}
	}
	return "", worker
}

// overlap is more than the line of a start takes: one that begins in a piece ends there or
// in these bytes after it.
const overlap = 256

const startMark = "amazon-ssm-agent - v"

// lastIndex is bytes.LastIndex, which is ten times slower.
func lastIndex(b []byte, mark string) int {
	last := -1
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(mark))
		if i < 0 {
			return last
		}
		last = at + i
		at = last + len(mark)
	}
}
