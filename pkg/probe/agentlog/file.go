package agentlog

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Limits on what is read, in bytes.
const (
	mainWindow  = 256 << 10
	smallWindow = 64 << 10
	// startWindow is how far back the last start is searched for.
	startWindow = 8 << 20
	chunk       = 256 << 10
)

var (
	errNotRegular = errors.New("not a regular file")
	errLink       = errors.New("a link of another user leads to it")
	errNoReader   = errors.New("it cannot be read from its end")
	errElsewhere  = errors.New("it is on another drive or a network share, or its place depends on the agent's working directory")
)

// A tail is an open log whose end is read.
type tail struct {
	io.ReaderAt
	io.Closer
	size    int64
	changed time.Time
}

// openTail opens a regular file. It checks the type first: opening a FIFO would wait for
// a writer forever. It follows no link of another user, who could otherwise pass off any
// file that root can read as the agent's log.
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

// end reads at most n bytes that end at offset before, and returns where they begin.
func (t *tail) end(before, n int64) (b []byte, from int64, err error) {
	from = max(0, before-n)
	b, err = t.read(make([]byte, before-from), from)
	return b, from, err
}

// read fills a buffer from an offset on, or part of it if the file was rotated meanwhile.
// Any other error is returned: the unread rest of the log might report a success.
func (t *tail) read(b []byte, from int64) ([]byte, error) {
	n, err := t.ReadAt(b, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

// text converts what was read to text, from the first complete line on. It removes NULs:
// a crash leaves them behind, and in UTF-16 they separate ASCII characters.
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

// lastStart finds the line of the last start before an offset. worker: the worker wrote a
// line after it.
func (t *tail) lastStart(before int64) (line string, worker observation.Known) {
	buffer := make([]byte, chunk+overlap)
	for first := max(0, before-startWindow); before > first; before -= chunk {
		from := max(0, before-chunk)
		b, err := t.read(buffer[:before-from+overlap], from)
		if err != nil {
			return "", worker // not found; the newer lines, which were read, still count
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

// overlap is longer than the line of a start, so that one that begins in a chunk ends in
// it or within these bytes after it.
const overlap = 256

const startMark = "amazon-ssm-agent - v"

// lastIndex is bytes.LastIndex, but ten times faster.
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
