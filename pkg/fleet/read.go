package fleet

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// suffixes are the names of the files that are read in a directory.
var suffixes = []string{".json", ".ndjson", ".json.gz", ".ndjson.gz"}

var (
	errNoFile   = errors.New("not a regular file")
	errLink     = errors.New("a link to a directory elsewhere, which is not followed")
	errNoReport = errors.New("it holds no file *.json or *.ndjson (or .gz of these)")
)

// StandardInput is the path by which Read reads its stdin.
const StandardInput = "-"

// Read reads files, directories with everything below them, and stdin for "-". What
// cannot be used is recorded with its path. The only error is an interrupt; what was
// read before it counts.
func (r *Roll) Read(ctx context.Context, paths []string, stdin io.Reader) error {
	in := &input{Roll: r, ctx: ctx, stdin: stdin, full: make(chan batch), free: make(chan []byte, 8)}
	done := make(chan any, 1)
	go func() { done <- in.run(paths) }()
	select {
	case <-ctx.Done(): // reading a pipe may wait for ever
		return context.Cause(ctx)
	case failed := <-done:
		if failed != nil {
			panic(failed)
		}
		return context.Cause(ctx)
	}
}

// Progress says how much has been read: bytes of the files, reports, nodes.
func (r *Roll) Progress() (bytes int64, reports, nodes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes.Load(), r.reports, len(r.nodes) + len(r.alone)
}

// An input is read by one goroutine, and scanned by as many as there are
// processors.
type input struct {
	*Roll
	ctx   context.Context
	stdin io.Reader
	full  chan batch
	free  chan []byte // memory of batches that were scanned
	unzip *gzip.Reader
}

// run reads and scans everything. It returns what a goroutine panicked with, so that
// the caller's goroutine can handle it.
func (in *input) run(paths []string) any {
	panics := make(chan any, 1+maxWorkers)
	var workers sync.WaitGroup
	stop := make(chan struct{})
	var once sync.Once
	failed := func() {
		if p := recover(); p != nil {
			panics <- p
			once.Do(func() { close(stop) })
		}
	}
	for range min(runtime.GOMAXPROCS(0), maxWorkers) {
		workers.Go(func() {
			defer failed()
			in.scan()
		})
	}
	func() {
		defer failed()
		defer close(in.full)
		for _, path := range paths {
			if in.path(path, stop) != nil {
				break
			}
		}
	}()
	workers.Wait()
	select {
	case p := <-panics:
		return p
	default:
		return nil
	}
}

const maxWorkers = 8

var errStopped = errors.New("stopped")

// scan takes batches until there are no more.
func (in *input) scan() {
	var d document
	for b := range in.full {
		b.documents(&d, in.use, in.reject)
		if cap(b.text) == batchSize {
			select {
			case in.free <- b.text[:batchSize]:
			default:
			}
		}
	}
}

// memory returns a buffer, a used one if possible.
func (in *input) memory(size int) []byte {
	if size == batchSize {
		select {
		case b := <-in.free:
			return b
		default:
		}
	}
	return make([]byte, size)
}

// path reads what a user named. Its error only says to stop.
func (in *input) path(path string, stop <-chan struct{}) error {
	give := func(b batch) error {
		select {
		case in.full <- b:
			return nil
		case <-in.ctx.Done():
		case <-stop:
		}
		return errStopped
	}
	if path == StandardInput {
		return in.stream("standard input", in.stdin, give)
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return in.directory(path, give)
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path) // what a user names may be a pipe
	}
	if err != nil {
		in.reject(Unreadable, Place{Path: path}, reason(err))
		return nil
	}
	defer f.Close()
	return in.stream(path, f, give)
}

// directory reads the files below a directory. Of a directory with a million
// files it holds a few hundred names at a time.
func (in *input) directory(top string, give func(batch) error) error {
	found := false
	for pending := []string{top}; len(pending) > 0; {
		at := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		dir, err := os.Open(at)
		for err == nil {
			var entries []fs.DirEntry
			entries, err = dir.ReadDir(256)
			for _, e := range entries {
				path := filepath.Join(at, e.Name())
				if e.IsDir() {
					pending = append(pending, path)
					continue
				}
				if e.Type()&fs.ModeSymlink != 0 && leadsAway(top, path) {
					found = true
					in.reject(Special, Place{Path: path}, errLink)
					continue
				}
				if !slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(e.Name(), s) }) {
					continue
				}
				found = true
				if err := in.file(path, give); err != nil {
					dir.Close()
					return err
				}
			}
		}
		if dir != nil {
			dir.Close()
		}
		if !errors.Is(err, io.EOF) {
			found = true
			in.reject(Unreadable, Place{Path: at}, reason(err))
		}
	}
	if !found {
		in.reject(Empty, Place{Path: top}, errNoReport)
	}
	return nil
}

// leadsAway reports whether a link is to a directory that is not below top. What
// is below is read without the link; following others might never end.
func leadsAway(top, link string) bool {
	if info, err := os.Stat(link); err != nil || !info.IsDir() {
		return false
	}
	from, err := filepath.EvalSymlinks(top)
	if err != nil {
		return true
	}
	to, err := filepath.EvalSymlinks(link)
	if err != nil {
		return true
	}
	rel, err := filepath.Rel(from, to)
	return err != nil || !filepath.IsLocal(rel)
}

// file reads a file that was found in a directory. The user did not name it, so it
// must be regular: opening a FIFO could block for ever, and a device might react.
func (in *input) file(path string, give func(batch) error) error {
	info, err := os.Stat(path) // through links
	switch {
	case err != nil:
		in.reject(Unreadable, Place{Path: path}, reason(err))
		return nil
	case !info.Mode().IsRegular():
		in.reject(Special, Place{Path: path}, errNoFile)
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		in.reject(Unreadable, Place{Path: path}, reason(err))
		return nil
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() { // it has changed since
		in.reject(Special, Place{Path: path}, errNoFile)
		return nil
	}
	return in.stream(path, f, give)
}

// stream reads one input, which may be compressed.
func (in *input) stream(path string, r io.Reader, give func(batch) error) error {
	if r == nil {
		in.reject(Unreadable, Place{Path: path}, errors.New("there is no standard input"))
		return nil
	}
	plain, err := in.decoded(r)
	if err == nil {
		err = split(path, plain, in.memory, give)
	}
	switch {
	case errors.Is(err, errStopped):
		return errStopped
	case errors.Is(err, errBomb):
		in.reject(TooLarge, Place{Path: path}, errBomb)
	case err != nil:
		in.reject(Unreadable, Place{Path: path}, reason(err))
	}
	return nil
}

// decoded is the text of an input that is compressed, or in PowerShell's UTF-16.
func (in *input) decoded(from io.Reader) (io.Reader, error) {
	counted := &counter{r: from, all: &in.bytes}
	r := bufio.NewReaderSize(counted, 16<<10)
	var plain io.Reader = r
	if head, _ := r.Peek(2); string(head) == "\x1f\x8b" { // an error comes again
		if in.unzip == nil {
			in.unzip = new(gzip.Reader)
		}
		if err := in.unzip.Reset(r); err != nil {
			return nil, err
		}
		plain = &expanding{r: in.unzip, from: counted}
	}
	return transform.NewReader(plain, unicode.BOMOverride(transform.Nop)), nil
}

// A counter counts what is read through it.
type counter struct {
	r   io.Reader
	n   int64
	all *atomic.Int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	c.all.Add(int64(n))
	return n, err
}

// Reports compress to a fifteenth of their size. A file that expands more than this,
// after the first megabytes, only wastes processor time.
const (
	maxRatio  = 200
	bombStart = 32 << 20
)

var errBomb = errors.New("it expands to more than 200 times its size, as no reports do; the rest was not read")

// expanding is the text of a compressed file, up to a bound.
type expanding struct {
	r    io.Reader
	from *counter
	n    int64
}

func (e *expanding) Read(b []byte) (int, error) {
	n, err := e.r.Read(b)
	if e.n += int64(n); e.n > bombStart && e.n > maxRatio*e.from.n {
		return n, errBomb
	}
	return n, err
}

// reason drops the path, which the message names already.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
