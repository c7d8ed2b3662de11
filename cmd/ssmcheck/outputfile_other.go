//go:build !unix

package main

import (
	"errors"
	"io/fs"
	"os"
)

// openFlags are none: a file of this system does not block when it is opened.
const openFlags = 0

// ownerOf is the user of a file. Here no number tells.
func ownerOf(fs.FileInfo) (uid int, known bool) { return 0, false }

// keepMode does nothing: the directory says who may read a file.
func keepMode(*os.File, fs.FileInfo) {}

// cannotSync reports whether the file system has no way to sync a file.
func cannotSync(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
