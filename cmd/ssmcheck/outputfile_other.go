//go:build !unix

package main

import (
	"errors"
	"io/fs"
	"os"
)

// openFlags is 0: opening a file does not block on this system.
const openFlags = 0

// ownerOf returns the user id of a file's owner. This system has none.
func ownerOf(fs.FileInfo) (uid int, known bool) { return 0, false }

// keepMode does nothing: the directory decides who may read a file.
func keepMode(*os.File, fs.FileInfo) {}

// cannotSync reports whether the file system does not support syncing.
func cannotSync(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
