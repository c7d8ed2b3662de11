package lab

import (
	"io/fs"
	"strings"
	"testing/fstest"
)

// An OddFile is what stands at a path where the node expects a file of text.
type OddFile struct {
	Kind OddKind
	// Text is written again and again until a Vast file has Size bytes.
	Text string
	Size int
	// Data are the bytes of a Binary.
	Data []byte
	// To is what a Link names.
	To string
}

// An OddKind is what kind of thing stands there.
type OddKind string

// The kinds of OddFile.
const (
	FIFO      OddKind = "fifo"
	Directory OddKind = "directory"
	Vast      OddKind = "vast"
	Link      OddKind = "link"
	Binary    OddKind = "binary"
)

// Content gives the bytes of a vast file or a binary one.
func (f OddFile) Content() []byte {
	if f.Kind == Binary {
		return f.Data
	}
	return []byte(strings.Repeat(f.Text, f.Size/len(f.Text)+1)[:f.Size])
}

// mapFile gives the file for the mapped lab, where a link can lead nowhere
// but out of the node's files: it is a device there.
func (f OddFile) mapFile() *fstest.MapFile {
	switch f.Kind {
	case FIFO:
		return &fstest.MapFile{Mode: fs.ModeNamedPipe | 0o444}
	case Directory:
		return &fstest.MapFile{Mode: fs.ModeDir | 0o555}
	case Link:
		return &fstest.MapFile{Mode: fs.ModeDevice | fs.ModeCharDevice | 0o444}
	}
	return &fstest.MapFile{Data: f.Content(), Mode: 0o444}
}

// odd puts something odd at some paths of the node.
func odd(f OddFile, paths ...string) Fault {
	return func(w *World) {
		all := map[string]OddFile{}
		for path, file := range w.Node.Odd {
			all[path] = file
		}
		for _, path := range paths {
			all[path] = f
		}
		w.Node.Odd = all
	}
}
