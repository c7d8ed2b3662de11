package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Kind distinguishes a file that does not exist from one that could not be read, whose
// content is unknown.
func Kind(err error) observation.Kind {
	switch {
	case IsAbsent(err):
		return observation.KindAbsent
	case errors.Is(err, fs.ErrPermission):
		return observation.KindDenied
	case errors.Is(err, syscall.ETIMEDOUT): // an unreachable network file system
		return observation.KindTimeout
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok && slices.Contains(exhausted, e) {
		return observation.KindNoResources
	}
	return observation.KindUnreadable
}

// IsAbsent reports whether an error means that the file does not exist: no such name, a
// file where the path needs a directory, or a process that has ended. Any other error
// means only that it could not be read.
func IsAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ESRCH)
}

// SyntaxFailure says why a JSON file cannot be parsed, and at which line.
func SyntaxFailure(shown string, b []byte, err error) *observation.Failure {
	offset := int64(-1)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	} else if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
	}
	where := shown
	if offset >= 0 && offset <= int64(len(b)) {
		where = fmt.Sprintf("%s, line %d", shown, 1+bytes.Count(b[:offset], []byte("\n")))
	}
	return &observation.Failure{Op: observation.OpRead, Kind: observation.KindSyntax, Text: where + ": " + observation.Excerpt(err.Error())}
}
