package probe

import (
	"errors"
	"io"
	"io/fs"
)

// maxFile bounds what is read of any one file of the node.
const maxFile = 1 << 20

// readFile reads a regular file of the node, at most maxFile bytes of it. The
// name is one of Files: "etc/resolv.conf". A longer file is a failure of
// KindTooLarge, and what was read of it is given all the same.
func (p *Prober) readFile(name string) ([]byte, *Failure) {
	f, failure := p.openFile(name)
	if failure != nil {
		return nil, failure
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, p.readFailure(name, err)
	}
	if len(b) > maxFile {
		return b[:maxFile], &Failure{Op: OpRead, Kind: KindTooLarge, Text: p.shown(name) + ": more than 1 MiB"}
	}
	return b, nil
}

// openFile opens a regular file of the node. It looks before it opens: to
// open a FIFO would wait for a writer for ever, and to open a device may
// change it.
func (p *Prober) openFile(name string) (fs.File, *Failure) {
	fsys := p.files()
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, p.readFailure(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, &Failure{Op: OpRead, Kind: KindOther, Text: p.shown(name) + ": not a regular file"}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, p.readFailure(name, err)
	}
	return f, nil
}

// exists tells whether there is a file or directory of the name. Unknown
// where this user may not look.
func (p *Prober) exists(name string) Known {
	_, err := fs.Stat(p.files(), name)
	switch {
	case err == nil:
		return Yes
	case errors.Is(err, fs.ErrNotExist):
		return No
	}
	return Unknown
}

// readFailure says why a file could not be read.
func (p *Prober) readFailure(name string, err error) *Failure {
	kind := fileKind(err)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &Failure{Op: OpRead, Kind: kind, Text: p.shown(name) + ": " + err.Error()}
}
