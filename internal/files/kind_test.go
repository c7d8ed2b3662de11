package files

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// What nothing was read of is of the kind that nothing follows from.
func TestFileKind(t *testing.T) {
	for err, want := range map[error]observation.Kind{
		syscall.ENOENT: observation.KindAbsent, syscall.ENOTDIR: observation.KindAbsent, syscall.ESRCH: observation.KindAbsent, fs.ErrNotExist: observation.KindAbsent,
		syscall.EACCES: observation.KindDenied, syscall.EPERM: observation.KindDenied,
		syscall.EMFILE: observation.KindNoResources, syscall.ENFILE: observation.KindNoResources, syscall.ENOMEM: observation.KindNoResources,
		syscall.ETIMEDOUT: observation.KindTimeout,
		syscall.EIO:       observation.KindUnreadable, syscall.ELOOP: observation.KindUnreadable, syscall.ECONNREFUSED: observation.KindUnreadable, errors.New("odd"): observation.KindUnreadable,
	} {
		if got := Kind(&fs.PathError{Op: "open", Path: "x", Err: err}); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
