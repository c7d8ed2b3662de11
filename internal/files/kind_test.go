package files

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/ssmcheck/ssmcheck/internal/syserr"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// If nothing could be read, the kind is one from which nothing follows.
func TestFileKind(t *testing.T) {
	kinds := map[error]observation.Kind{
		syscall.ENOENT: observation.KindAbsent, syscall.ENOTDIR: observation.KindAbsent, syscall.ESRCH: observation.KindAbsent, fs.ErrNotExist: observation.KindAbsent,
		syscall.EACCES: observation.KindDenied, syscall.EPERM: observation.KindDenied,
		syscall.ETIMEDOUT: observation.KindTimeout,
		syscall.EIO:       observation.KindUnreadable, syscall.ELOOP: observation.KindUnreadable, syscall.ECONNREFUSED: observation.KindUnreadable, errors.New("odd"): observation.KindUnreadable,
	}
	for _, err := range syserr.Exhausted {
		kinds[err] = observation.KindNoResources
	}
	for err, want := range kinds {
		if got := Kind(&fs.PathError{Op: "open", Path: "x", Err: err}); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
