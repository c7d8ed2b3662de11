package files

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Kind distinguishes a file that does not exist from one that could not be read, about
// which nothing is known.
func Kind(err error) observation.Kind {
	switch {
	case IsAbsent(err):
		return observation.KindAbsent
	case errors.Is(err, fs.ErrPermission):
		return observation.KindDenied
	case errors.Is(err, syscall.ETIMEDOUT): // a file system on a network, which is away
		return observation.KindTimeout
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok && slices.Contains(exhausted, e) {
		return observation.KindNoResources
	}
	return observation.KindUnreadable
}

// IsAbsent reports whether an error says that there is no such file: nothing of
// the name, a file where the path has a directory, a process that has ended.
// Every other one says only that it could not be read.
func IsAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ESRCH)
}
