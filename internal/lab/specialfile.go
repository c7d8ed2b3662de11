package lab

import (
	"io/fs"
	"strings"
	"testing/fstest"
	"time"
)

// A SpecialFile replaces a text file.
type SpecialFile struct {
	Kind SpecialKind
	// Text is repeated until a Vast file has Size bytes.
	Text string
	Size int
	// Data is the content of a Binary.
	Data []byte
	// To is the target of a Link.
	To string
	// Age is how long before the run a Binary was last written.
	Age time.Duration
}

// A SpecialKind is the type of a SpecialFile.
type SpecialKind string

// The kinds of SpecialFile.
const (
	FIFO      SpecialKind = "fifo"
	Directory SpecialKind = "directory"
	Vast      SpecialKind = "vast"
	Link      SpecialKind = "link"
	Binary    SpecialKind = "binary"
)

// Content returns the bytes of a Vast or Binary file.
func (f SpecialFile) Content() []byte {
	if f.Kind == Binary {
		return f.Data
	}
	return []byte(strings.Repeat(f.Text, f.Size/len(f.Text)+1)[:f.Size])
}

// mapFile returns the file for the mapped lab. A link would lead outside the node's
// files, so it is a device there.
func (f SpecialFile) mapFile() *fstest.MapFile {
	switch f.Kind {
	case FIFO:
		return &fstest.MapFile{Mode: fs.ModeNamedPipe | 0o444}
	case Directory:
		return &fstest.MapFile{Mode: fs.ModeDir | 0o555}
	case Link:
		return &fstest.MapFile{Mode: fs.ModeDevice | fs.ModeCharDevice | 0o444}
	}
	return &fstest.MapFile{Data: f.Content(), Mode: 0o444, ModTime: time.Now().Add(-f.Age)}
}
