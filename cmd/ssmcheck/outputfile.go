package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// drainLimit is how long a pipe or a terminal may take the report.
const drainLimit = 10 * time.Second

// An outputFile is a file that a report goes to. A regular one is replaced
// whole when the report is there: whoever reads it meanwhile, or after an
// interrupt, sees the earlier report or the new one.
type outputFile struct {
	// direct is open where there is no regular file: a pipe, a terminal.
	direct *os.File
	// shared: direct is this program's own standard error.
	shared bool
	// target is the regular file to be made or replaced.
	target string
	// old is what target is now, nil where there is nothing.
	old fs.FileInfo
}

// isStandardOutput reports whether a name is another one of the pipe or the
// file that standard output is: /dev/fd/1, or what it was redirected to. Two
// reports would mix there. A device is none: what goes to /dev/null mixes with
// nothing, and a terminal may show two.
func isStandardOutput(path string) bool {
	named, err := os.Stat(path)
	if err != nil || named.Mode().Type()&fs.ModeDevice != 0 {
		return false
	}
	own, err := os.Stdout.Stat()
	return err == nil && os.SameFile(own, named)
}

// openOutput looks whether the file can be written. It leaves nothing behind.
func openOutput(path string) (outputFile, error) {
	if namesClosedStream(path) {
		return outputFile{}, syscall.EBADF
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		target, err := whereLinked(path)
		if err != nil {
			return outputFile{}, err
		}
		return outputFile{target: target}, tryBeside(target)
	}
	// Opened without waiting: a named pipe that nobody reads is refused.
	f, err := os.OpenFile(path, os.O_WRONLY|openFlags, 0)
	if err != nil {
		return outputFile{}, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return outputFile{}, err
	}
	if !info.Mode().IsRegular() {
		return outputFile{direct: f}, nil
	}
	f.Close()
	if x, err := os.Stderr.Stat(); err == nil && os.SameFile(x, info) {
		return outputFile{direct: os.Stderr, shared: true}, nil // /dev/stderr, redirected to a file
	}
	// A link stays, and the file that it names is replaced.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return outputFile{}, err
	}
	if err := tryBeside(target); err != nil {
		return outputFile{}, fmt.Errorf("no file can be made beside it: %w", bare(err))
	}
	return outputFile{target: target, old: info}, nil
}

// whereLinked follows a link to where there is nothing yet; any other name is
// its own. The system was asked first, and lets through no link that it does
// not trust.
func whereLinked(path string) (string, error) {
	for range 40 { // as Linux does
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return "", errors.New("too many links")
}

// tryBeside makes a file in the directory of path, and takes it away again.
func tryBeside(path string) error {
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// createBeside makes a temporary file in the directory of path, as only there
// it can be renamed to it. Only the user may read it. Its ending is none that a
// collector looks for.
func createBeside(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), ".ssmcheck-*.tmp")
}

// same reports whether two outputs would be written to one file.
func (o outputFile) same(x outputFile) bool {
	if o.target == "" || x.target == "" {
		return false
	}
	if o.old != nil && x.old != nil {
		return os.SameFile(o.old, x.old)
	}
	a, errA := os.Stat(filepath.Dir(o.target))
	b, errB := os.Stat(filepath.Dir(x.target))
	return errA == nil && errB == nil && os.SameFile(a, b) && filepath.Base(o.target) == filepath.Base(x.target)
}

// put writes the whole content, or changes nothing.
func (o *outputFile) put(content []byte) error {
	if o.direct != nil {
		// Where the system knows no limit for it, there is none to set.
		_ = o.direct.SetWriteDeadline(time.Now().Add(drainLimit))
		if _, err := o.direct.Write(content); err != nil {
			return err
		}
		return o.close()
	}
	f, err := createBeside(o.target)
	if err != nil {
		return err
	}
	if err := o.fill(f, content); err != nil {
		f.Close()
		os.Remove(f.Name())
		return err
	}
	return nil
}

// fill writes the temporary file and gives it the report's name.
func (o *outputFile) fill(f *os.File, content []byte) error {
	if _, err := f.Write(content); err != nil {
		return err
	}
	if o.old != nil {
		keepMode(f, o.old)
	}
	// Not every file system can do it, and the report is written all the same.
	if err := f.Sync(); err != nil && !cannotSync(err) {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), o.target)
}

// close closes a pipe or a terminal, unless it is this program's own.
func (o *outputFile) close() error {
	f := o.direct
	o.direct = nil
	if f == nil || o.shared {
		return nil
	}
	return f.Close()
}
