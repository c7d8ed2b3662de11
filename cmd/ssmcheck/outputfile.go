package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	// at is the regular file to be made or replaced.
	at place
	// old is what it is now, nil where there is nothing.
	old fs.FileInfo
}

// A place is a name in a directory that is held open. What becomes of the path
// that led there no longer counts: in a directory that others can write, they
// may put a link in the place of each part of it.
type place struct {
	dir  *directory
	base string
	// descriptor: it is a link of the kernel's to a file that a process of this
	// user has open. Whoever started the program gave that.
	descriptor bool
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
func openOutput(path string) (o outputFile, err error) {
	if namesClosedStream(path) {
		return outputFile{}, syscall.EBADF
	}
	at, err := locate(path)
	if err != nil {
		return outputFile{}, err
	}
	defer func() {
		if err != nil || o.at.dir != at.dir {
			at.dir.close()
		}
	}()
	there, err := at.dir.lstat(at.base)
	if errors.Is(err, fs.ErrNotExist) {
		return outputFile{at: at}, at.try()
	}
	if err == nil && !at.descriptor {
		err = refuseForeign(there)
	}
	if err != nil {
		return outputFile{}, err
	}
	f, info, err := at.openOld()
	if err != nil {
		return outputFile{}, err
	}
	if !info.Mode().IsRegular() {
		return outputFile{direct: f}, nil
	}
	f.Close()
	if x, err := os.Stderr.Stat(); err == nil && os.SameFile(x, info) {
		return outputFile{direct: os.Stderr, shared: true}, nil // /dev/stderr, redirected to a file
	}
	if at.descriptor {
		named, err := at.dir.readlink(at.base)
		if err != nil {
			return outputFile{}, err
		}
		return openOutput(named)
	}
	if err := at.try(); err != nil {
		return outputFile{}, fmt.Errorf("no file can be made beside it: %w", bare(err))
	}
	return outputFile{at: at, old: info}, nil
}

// openOld opens what is there for writing. It does not wait: a named pipe that
// nobody reads is refused. Only what was opened tells whose it is: by now it may
// be another one than there was.
func (p place) openOld() (*os.File, fs.FileInfo, error) {
	f, err := p.dir.open(p.base, os.O_WRONLY|openFlags, p.descriptor)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !p.descriptor {
		err = refuseForeign(info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// refuseForeign refuses a pipe or a device of another user: it may be there to
// read the report. A regular file is replaced, whosesoever it is.
func refuseForeign(info fs.FileInfo) error {
	kind := "a FIFO"
	switch {
	case info.Mode().IsRegular(), info.IsDir():
		return nil
	case info.Mode()&fs.ModeDevice != 0:
		kind = "a device"
	case info.Mode()&fs.ModeNamedPipe == 0:
		kind = "no regular file, and"
	}
	owner, known := ownerOf(info)
	if !known || isTrusted(owner) || isSystemDevice(info, owner) || isOwnStream(info) {
		return nil
	}
	return fmt.Errorf("it is %s of another user (%d)", kind, owner)
}

// isTrusted reports whether a user may decide where a report of this user goes.
func isTrusted(owner int) bool { return owner == 0 || owner == os.Geteuid() }

// isSystemDevice reports whether a device is of the user that /dev/null is of.
// In a user namespace that does not know root, this is the user of all that is
// not known, who can make no device there.
func isSystemDevice(info fs.FileInfo, owner int) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil || info.Mode()&fs.ModeDevice == 0 || null.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	system, known := ownerOf(null)
	return known && owner == system
}

// isOwnStream reports whether it is one of this program's own streams under
// another name: the terminal, under sudo.
func isOwnStream(info fs.FileInfo) bool {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if own, err := f.Stat(); err == nil && os.SameFile(own, info) {
			return true
		}
	}
	return false
}

// refuseLink refuses a link of another user, who could lead the report
// elsewhere by it.
func refuseLink(name string, info fs.FileInfo) error {
	owner, known := ownerOf(info)
	if !known || isTrusted(owner) {
		return nil
	}
	return fmt.Errorf("%s is a link of another user (%d)", name, owner)
}

// maxLinks is how many links Linux follows.
const maxLinks = 40

var errTooManyLinks = errors.New("too many links")

// try makes a file in the directory, and takes it away again.
func (p place) try() error {
	f, name, err := p.create()
	if err != nil {
		return err
	}
	f.Close()
	return p.dir.remove(name)
}

// create makes a temporary file in the directory, as only there it can be
// renamed to the report. Only the user may read it. Its ending is none that a
// collector looks for.
func (p place) create() (f *os.File, name string, err error) {
	for range 100 {
		name = ".ssmcheck-" + rand.Text()[:10] + ".tmp"
		f, err = p.dir.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, false)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, name, err
}

// same reports whether two outputs would be written to one file.
func (o outputFile) same(x outputFile) bool {
	if o.at.dir == nil || x.at.dir == nil {
		return false
	}
	if o.old != nil && x.old != nil {
		return os.SameFile(o.old, x.old)
	}
	a, errA := o.at.dir.stat()
	b, errB := x.at.dir.stat()
	return errA == nil && errB == nil && os.SameFile(a, b) && o.at.base == x.at.base
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
	f, name, err := o.at.create()
	if err != nil {
		return err
	}
	if err := o.fill(f, name, content); err != nil {
		f.Close()
		_ = o.at.dir.remove(name) // what failed before counts
		return err
	}
	return o.close()
}

// fill writes the temporary file and gives it the report's name.
func (o *outputFile) fill(f *os.File, name string, content []byte) error {
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
	return o.at.dir.rename(name, o.at.base)
}

// close closes a pipe or a terminal, unless it is this program's own, and the
// directory.
func (o *outputFile) close() error {
	f, dir := o.direct, o.at.dir
	o.direct, o.at.dir = nil, nil
	var err error
	if f != nil && !o.shared {
		err = f.Close()
	}
	return cmp.Or(err, dir.close())
}
