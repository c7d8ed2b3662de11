package files

import (
	"errors"
	"io"
	"io/fs"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// MaxFile limits what is read of any file of the node, in bytes.
const MaxFile = 1 << 20

// ReadFile reads at most MaxFile bytes of a regular file of the node, by its name in
// Files ("etc/resolv.conf"). A longer file is a failure of KindTooLarge; its beginning is
// still returned.
func (p Machine) ReadFile(name string) ([]byte, *observation.Failure) {
	f, failure := p.OpenFile(name)
	if failure != nil {
		return nil, failure
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, p.ReadFailure(name, err)
	}
	if len(b) > MaxFile {
		return b[:MaxFile], &observation.Failure{Op: observation.OpRead, Kind: observation.KindTooLarge, Text: p.Shown(name) + ": more than 1 MiB"}
	}
	return b, nil
}

// OpenFile opens a regular file of the node. It checks the type first: opening a FIFO
// would wait for a writer forever, and opening a device may change it.
func (p Machine) OpenFile(name string) (fs.File, *observation.Failure) {
	info, failure := p.Stat(name)
	if failure != nil {
		return nil, failure
	}
	if !info.Mode().IsRegular() {
		return nil, p.NotRegular(name)
	}
	f, err := p.FS().Open(name)
	if err != nil {
		return nil, p.ReadFailure(name, err)
	}
	return f, nil
}

func (p Machine) NotRegular(name string) *observation.Failure {
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindOther, Text: p.Shown(name) + ": not a regular file"}
}

// IsFIFO reports whether the name is a FIFO, whose content for the agent cannot be known.
func (p Machine) IsFIFO(name string) bool {
	info, failure := p.Stat(name)
	return failure == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// Stat describes the file that a name leads to, without opening it.
func (p Machine) Stat(name string) (fs.FileInfo, *observation.Failure) {
	info, err := fs.Stat(p.FS(), name)
	if err != nil {
		return nil, p.ReadFailure(name, err)
	}
	return info, nil
}

// Exists reports whether a file or directory exists. If that is not known, the failure
// says why.
func (p Machine) Exists(name string) (observation.Known, *observation.Failure) {
	switch _, failure := p.Stat(name); {
	case failure == nil:
		return observation.Yes, nil
	case failure.Of(observation.KindAbsent):
		return observation.No, nil
	default:
		return observation.Unknown, failure
	}
}

// ReadFailure says why a file could not be read.
func (p Machine) ReadFailure(name string, err error) *observation.Failure {
	kind := Kind(err)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return &observation.Failure{Op: observation.OpRead, Kind: kind, Text: p.Shown(name) + ": " + err.Error()}
}
