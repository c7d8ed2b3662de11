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

// drainLimit is how long writing the report to a pipe or terminal may take.
const drainLimit = 10 * time.Second

// An outputFile is a file that a report goes to. A regular file is replaced
// atomically: a reader sees the old report or the new one, also after an
// interrupt.
type outputFile struct {
	// direct is set for anything but a regular file: a pipe, a terminal.
	direct *os.File
	// shared: direct is this program's own standard error.
	shared bool
	// at is the regular file to create or replace.
	at location
	// old is the existing file, nil if there is none.
	old fs.FileInfo
	// public: everybody may read a new file, as node_exporter runs as another user.
	public bool
}

// A location is a name in a directory that is held open. Later changes to the
// path do not matter: in a directory that others can write, they could replace
// any part of it by a link.
type location struct {
	dir  *directory
	base string
	// descriptor: the name is a procfs link to a file that a process of this
	// user has open, so whoever started the program chose it.
	descriptor bool
}

// isStandardOutput reports whether a path names the pipe or file that standard
// output is: /dev/fd/1, or what it was redirected to. Two reports would mix
// there. Devices do not count: mixing does no harm in /dev/null, and a terminal
// may show two reports.
func isStandardOutput(path string) bool {
	named, err := os.Stat(path)
	if err != nil || named.Mode().Type()&fs.ModeDevice != 0 {
		return false
	}
	own, err := os.Stdout.Stat()
	return err == nil && os.SameFile(own, named)
}

// openOutput checks that the file can be written. It leaves nothing behind.
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
		return outputFile{at: at}, at.checkWritable()
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
	if err := at.checkWritable(); err != nil {
		return outputFile{}, fmt.Errorf("its directory is not writable: %w", systemReason(err))
	}
	return outputFile{at: at, old: info}, nil
}

// openOld opens the existing file for writing. It does not block: opening a
// named pipe without a reader fails. The owner is checked after opening, as the
// file may have been replaced since it was first inspected.
func (l location) openOld() (*os.File, fs.FileInfo, error) {
	f, err := l.dir.open(l.base, os.O_WRONLY|openFlags, l.descriptor)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !l.descriptor {
		err = refuseForeign(info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// refuseForeign rejects another user's pipe or device, which may be there to
// read the report. A regular file is replaced, whoever owns it.
func refuseForeign(info fs.FileInfo) error {
	kind := "a FIFO"
	switch {
	case info.Mode().IsRegular(), info.IsDir():
		return nil
	case info.Mode()&fs.ModeDevice != 0:
		kind = "a device"
	case info.Mode()&fs.ModeNamedPipe == 0:
		kind = "a special file"
	}
	owner, known := ownerOf(info)
	if !known || isTrusted(owner) || isSystemDevice(info, owner) || isOwnStream(info) {
		return nil
	}
	return fmt.Errorf("it is %s owned by another user (uid %d)", kind, owner)
}

// isTrusted reports whether a user may decide where this user's report goes.
func isTrusted(owner int) bool { return owner == 0 || owner == os.Geteuid() }

// isSystemDevice reports whether a device belongs to the owner of /dev/null. In
// a user namespace that does not map root, that is the overflow user, who cannot
// create devices.
func isSystemDevice(info fs.FileInfo, owner int) bool {
	null, err := os.Stat(os.DevNull)
	if err != nil || info.Mode()&fs.ModeDevice == 0 || null.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	system, known := ownerOf(null)
	return known && owner == system
}

// isOwnStream reports whether the file is one of this program's own standard
// streams: under sudo, the terminal belongs to another user.
func isOwnStream(info fs.FileInfo) bool {
	for _, f := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if own, err := f.Stat(); err == nil && os.SameFile(own, info) {
			return true
		}
	}
	return false
}

// refuseLink rejects another user's symbolic link, which could redirect the
// report.
func refuseLink(name string, info fs.FileInfo) error {
	owner, known := ownerOf(info)
	if !known || isTrusted(owner) {
		return nil
	}
	return fmt.Errorf("%s is a symbolic link owned by another user (uid %d)", name, owner)
}

// maxLinks is how many symbolic links Linux follows in one path.
const maxLinks = 40

var errTooManyLinks = errors.New("too many levels of symbolic links")

// checkWritable creates a file in the directory and removes it again.
func (l location) checkWritable() error {
	f, name, err := l.create()
	if err != nil {
		return err
	}
	f.Close()
	return l.dir.remove(name)
}

// create makes a temporary file, readable only by this user, in the directory
// of the report, so that it can be renamed. No log collector picks up its
// extension.
func (l location) create() (f *os.File, name string, err error) {
	for range 100 {
		name = ".ssmcheck-" + rand.Text()[:10] + ".tmp"
		f, err = l.dir.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, false)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, name, err
}

// same reports whether two outputs would be written to the same file.
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
		// Not every file supports deadlines.
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
		_ = o.at.dir.remove(name) // the first error matters
		return err
	}
	return o.close()
}

// fill writes the temporary file and renames it to the report.
func (o *outputFile) fill(f *os.File, name string, content []byte) error {
	if _, err := f.Write(content); err != nil {
		return err
	}
	if o.old != nil {
		keepMode(f, o.old)
	} else if o.public {
		_ = f.Chmod(0o644) // a system without modes lets others read it anyway
	}
	// Not every file system can sync; the report is written nevertheless.
	if err := f.Sync(); err != nil && !cannotSync(err) {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return o.at.dir.rename(name, o.at.base)
}

// close closes the directory, and a pipe or terminal unless it is this
// program's standard error.
func (o *outputFile) close() error {
	f, dir := o.direct, o.at.dir
	o.direct, o.at.dir = nil, nil
	var err error
	if f != nil && !o.shared {
		err = f.Close()
	}
	return cmp.Or(err, dir.close())
}
