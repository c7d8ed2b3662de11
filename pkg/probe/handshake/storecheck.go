package handshake

import (
	"io/fs"
	"os"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// Limits on a trust store used for verification. Mozilla's roots in one file
// are 220 KiB; some systems have them three times, and one file per root.
const (
	maxTrustFile  = 4 << 20
	maxTrustStore = 8 << 20
	maxTrustFiles = 4096
)

// CheckStore returns why certificates must not be verified here: crypto/x509
// reads every file of the store completely. A FIFO would block it forever, and
// a device would use up the memory. nil: no problem is known. Unreadable files
// are skipped, as crypto/x509 does.
func CheckStore(p files.Machine, c StoreSettings) *observation.Failure {
	if len(StoreFiles) == 0 {
		return nil // the system reads the store
	}
	l := storeCheck{p: p, hides: c.hides()}
	l.files, l.directories = c.places()
	for _, name := range l.files {
		if l.file(name) {
			break // the first that can be read
		}
	}
	for _, name := range l.directories {
		l.directory(name)
	}
	return l.unsafe
}

// A storeCheck checks the files that crypto/x509 would read, without reading them.
type storeCheck struct {
	p                  files.Machine
	files, directories []string
	bytes              int64
	unsafe             *observation.Failure
	// hides: the names of files may contain a part of a secret.
	hides bool
}

// file checks one file and reports whether crypto/x509 could read it.
func (l *storeCheck) file(name string) bool {
	if l.unsafe != nil {
		return false
	}
	info, err := fs.Stat(l.p.FS(), name)
	switch {
	case err != nil, info.IsDir(), info.Mode()&fs.ModeSocket != 0:
		return false // it cannot be read
	case l.isNull(info):
		return true
	case !info.Mode().IsRegular():
		l.is(name, observation.KindOther, "not a regular file")
		return false
	}
	if l.bytes += info.Size(); info.Size() > maxTrustFile || l.bytes > maxTrustStore {
		l.is(name, observation.KindTooLarge, "more than is read of a trust store")
		return false
	}
	f, err := l.p.FS().Open(name)
	if err != nil {
		return false
	}
	_ = f.Close() // nothing was done with it
	return true
}

func (l *storeCheck) directory(name string) {
	if info, err := fs.Stat(l.p.FS(), name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		l.is(name, observation.KindOther, "not a directory") // crypto/x509 would open it anyway
		return
	}
	entries, err := files.ListDirectory(l.p.FS(), name, maxTrustFiles+1)
	if err != nil {
		return
	}
	if len(entries) > maxTrustFiles {
		l.is(name, observation.KindTooLarge, "more files than a trust store has")
		return
	}
	for _, e := range entries {
		l.file(name + "/" + e.Name())
	}
}

// isNull reports whether the file is /dev/null, which some people use to
// disable one.
func (l *storeCheck) isNull(info fs.FileInfo) bool {
	if info.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	null, err := fs.Stat(l.p.FS(), "dev/null")
	return err == nil && os.SameFile(info, null)
}

func (l *storeCheck) is(name string, kind observation.Kind, what string) {
	if l.unsafe != nil {
		return
	}
	where := l.p.Shown(name)
	if l.hides {
		where = observation.Hidden
	}
	l.unsafe = &observation.Failure{Op: observation.OpRead, Kind: kind, Text: observation.Truncate("trust store: "+where+": "+what, observation.MaxText)}
}
