package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
)

// A file is one that a user gets.
type file struct {
	name string // in the archive, with slashes
	mode fs.FileMode
	data []byte
}

// files are those that go with a program, the program first.
func (b build) files(ctx context.Context, program string, completions []file) ([]file, error) {
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	files := []file{{name: filepath.Base(program), mode: 0o755, data: data}}
	for _, f := range []struct{ name, source string }{
		{"LICENSE", "LICENSE"},
		{"README.md", "README.md"},
		{"CHANGELOG.md", "CHANGELOG.md"},
		{"ssmcheck.1", "docs/ssmcheck.1"},
	} {
		data, err := os.ReadFile(filepath.Join(b.source, f.source))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: f.name, mode: 0o644, data: data})
	}
	licences, err := linkedLicences(ctx, program)
	if err != nil {
		return nil, err
	}
	files = append(files, file{name: "THIRD-PARTY-LICENSES.txt", mode: 0o644, data: licences})
	return append(files, completions...), nil
}

// compress packs as gzip does with -9 and -n: without a name or a time.
func compress(data []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
