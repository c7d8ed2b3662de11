package handshake

import (
	"cmp"
	"crypto/x509"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/ssmcheck/ssmcheck/internal/files"
	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// StoreSettings is a TrustConfig with the values that it does not show in full.
type StoreSettings struct {
	observation.TrustConfig
	Raw StorePaths
}

// StorePaths are the values of the variables that are not shown in full. Empty:
// they are.
type StorePaths struct{ File, Directories string }

func (c StoreSettings) file() string        { return cmp.Or(c.Raw.File, c.File) }
func (c StoreSettings) directories() string { return cmp.Or(c.Raw.Directories, c.Directories) }

// hides reports whether a value is not shown in full. Then nothing derived from
// it is shown either: an element of a list, or a cleaned path.
func (c StoreSettings) hides() bool { return c.Raw != StorePaths{} }

// IsOwnStore reports whether ssmcheck's own environment selects the same trust
// store: then crypto/x509 reads it itself.
func IsOwnStore(p files.Machine, c StoreSettings) bool {
	return c.file() == p.Env("SSL_CERT_FILE") && c.directories() == p.Env("SSL_CERT_DIR")
}

// places returns the files and directories of the trust store, as names in
// Files.
func (c StoreSettings) places() (files, directories []string) {
	files, directories = StoreFiles, trustDirectories
	if file := c.file(); file != "" {
		files = []string{inRoot(file)}
	}
	if list := c.directories(); list != "" {
		directories = nil
		for name := range strings.SplitSeq(list, ":") {
			if name != "" {
				directories = append(directories, inRoot(name))
			}
		}
	}
	return files, directories
}

// inRoot converts a path from the environment to a name in Files.
func inRoot(name string) string {
	if absolute, err := filepath.Abs(name); err == nil {
		name = absolute
	}
	return strings.TrimPrefix(filepath.ToSlash(name), "/")
}

// Roots reads a trust store as crypto/x509 does: the first readable file, and
// everything in the directories. CheckStore has checked them. unread is why an
// existing part could not be read. nil: everything was read.
func Roots(p files.Machine, c StoreSettings) (pool *x509.CertPool, unread *observation.Failure) {
	pool = x509.NewCertPool()
	note := func(failure *observation.Failure) {
		if unread == nil && failure != nil && !failure.Of(observation.KindAbsent, observation.KindOther) {
			unread = failure
			unread.Text = observation.Truncate("trust store: "+unread.Text, observation.MaxText)
			if c.hides() {
				unread.Text = "trust store: a part of it cannot be read"
			}
		}
	}
	bundles, directories := c.places()
	for _, name := range bundles {
		failure := addRoots(p, pool, name)
		if failure == nil {
			break
		}
		note(failure)
	}
	for _, name := range directories {
		entries, err := files.ListDirectory(p.FS(), name, maxTrustFiles) // like crypto/x509, use what could be read
		if err != nil {
			note(p.ReadFailure(name, err))
		}
		for _, e := range entries {
			note(addRoots(p, pool, name+"/"+e.Name()))
		}
	}
	return pool, unread
}

// addRoots adds the roots of one file. Anything that is not a file has none.
func addRoots(p files.Machine, pool *x509.CertPool, name string) *observation.Failure {
	info, failure := p.Stat(name)
	if failure != nil {
		return failure
	}
	if info.IsDir() || info.Mode()&fs.ModeSocket != 0 {
		return p.NotRegular(name)
	}
	f, err := p.FS().Open(name)
	if err != nil {
		return p.ReadFailure(name, err)
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	b, err := io.ReadAll(io.LimitReader(f, maxTrustFile))
	if err != nil {
		return p.ReadFailure(name, err)
	}
	pool.AppendCertsFromPEM(b)
	return nil
}
