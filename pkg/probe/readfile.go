package probe

import (
	"errors"
	"io"
	"io/fs"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// maxFile bounds what is read of any one file of the node.
const maxFile = 1 << 20

// readFile reads a regular file of the node, at most maxFile bytes of it. The
// name is one of Files: "etc/resolv.conf". A longer file is a failure of
// KindTooLarge, and what was read of it is given all the same.
func (p *Prober) readFile(name string) ([]byte, *observation.Failure) {
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
		return b[:maxFile], &observation.Failure{Op: observation.OpRead, Kind: observation.KindTooLarge, Text: p.shown(name) + ": more than 1 MiB"}
	}
	return b, nil
}

// openFile opens a regular file of the node. It looks before it opens: to
// open a FIFO would wait for a writer for ever, and to open a device may
// change it.
func (p *Prober) openFile(name string) (fs.File, *observation.Failure) {
	info, failure := p.stat(name)
	if failure != nil {
		return nil, failure
	}
	if !info.Mode().IsRegular() {
		return nil, p.notRegular(name)
	}
	f, err := p.files().Open(name)
	if err != nil {
		return nil, p.readFailure(name, err)
	}
	return f, nil
}

func (p *Prober) notRegular(name string) *observation.Failure {
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: p.shown(name) + ": not a regular file"}
}

// isFIFO reports whether a FIFO stands there: of one nobody knows what it would
// give to the agent.
func (p *Prober) isFIFO(name string) bool {
	info, failure := p.stat(name)
	return failure == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// stat says what a name leads to, without opening it.
func (p *Prober) stat(name string) (fs.FileInfo, *observation.Failure) {
	info, err := fs.Stat(p.files(), name)
	if err != nil {
		return nil, p.readFailure(name, err)
	}
	return info, nil
}

// exists tells whether there is a file or directory of the name. Where it is
// not known, the failure says why.
func (p *Prober) exists(name string) (observation.Known, *observation.Failure) {
	switch _, failure := p.stat(name); {
	case failure == nil:
		return observation.Yes, nil
	case failure.Of(observation.KindAbsent):
		return observation.No, nil
	default:
		return observation.Unknown, failure
	}
}

// readFailure says why a file could not be read.
func (p *Prober) readFailure(name string, err error) *observation.Failure {
	kind := fileKind(err)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &observation.Failure{Op: observation.OpRead, Kind: kind, Text: p.shown(name) + ": " + err.Error()}
}
