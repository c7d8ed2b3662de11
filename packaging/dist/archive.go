package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"
)

// archive writes the files into one directory of an archive: a zip for
// Windows, a tar.gz for the others.
func (b build) archive(t target, files []file) error {
	name := "ssmcheck_" + b.version + "_" + t.os + "_" + t.arch
	pack, suffix := tarGz, ".tar.gz"
	if t.os == "windows" {
		pack, suffix = zipped, ".zip"
	}
	files = slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.name, b.name) })
	data, err := pack(name, files, b.time)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.out, name+suffix), data, 0o644)
}

// tarGz packs files, in the order given, into a tar archive whose bytes depend
// on nothing else: every file is root's and has the same time.
func tarGz(dir string, files []file, modified time.Time) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg,
			Name:     path.Join(dir, f.name),
			Size:     int64(len(f.data)),
			Mode:     int64(f.mode.Perm()),
			Uname:    "root",
			Gname:    "root",
			ModTime:  modified,
			Format:   tar.FormatUSTAR,
		}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return compress(buf.Bytes())
}

// zipped does the same for a zip archive.
func zipped(dir string, files []file, modified time.Time) ([]byte, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range files {
		h := &zip.FileHeader{Name: path.Join(dir, f.name), Method: zip.Deflate, Modified: modified.UTC()}
		h.SetMode(f.mode)
		to, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}
