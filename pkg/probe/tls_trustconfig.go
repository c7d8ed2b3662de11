package probe

import (
	"cmp"
	"crypto/x509"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/ssmcheck/ssmcheck/pkg/observation"
)

// trustNames are the variables by which a Go program on Linux finds its trust
// store (crypto/x509, root_unix.go).
var trustNames = []string{"SSL_CERT_FILE", "SSL_CERT_DIR"}

// trustConfig says where the agent's service has its trust store, by its
// environment. Where that is not known the agent is taken to have none of the
// variables, as hardly any service has.
func (p *Prober) trustConfig(e environment) trustSettings {
	if len(trustFiles) == 0 {
		return trustSettings{} // here the variables count for nothing
	}
	var c trustSettings
	c.File, c.From = e.first("SSL_CERT_FILE")
	directories, from := e.first("SSL_CERT_DIR")
	if c.Directories = directories; c.From == "" {
		c.From = from
	}
	c.ShellDiffers = !p.isOwnTrust(c) && !p.isOwnTrust(trustSettings{})
	c.File, c.raw.file = shownTrust(c.File, observation.HidePath)
	c.Directories, c.raw.directories = shownTrust(c.Directories, observation.HidePaths)
	return c
}

// shownTrust gives what may be shown of a variable, and where that is not all of
// it the value.
func shownTrust(value string, hide func(string) string) (shown, raw string) {
	if shown = hide(value); shown != value {
		raw = clip(value, maxTrustPath)
	}
	return clip(shown, maxTrustPath), raw
}

// A trustSettings is a TrustConfig with the values that it does not show whole.
type trustSettings struct {
	observation.TrustConfig
	raw trustPaths
}

// trustPaths are the values of the variables that are not shown whole. Empty: they
// are.
type trustPaths struct{ file, directories string }

func (c trustSettings) file() string        { return cmp.Or(c.raw.file, c.File) }
func (c trustSettings) directories() string { return cmp.Or(c.raw.directories, c.Directories) }

// hides reports whether a value is not shown whole. Then neither is what was
// made of it: a part of a list, or a path that was cleaned.
func (c trustSettings) hides() bool { return c.raw != trustPaths{} }

// maxTrustPath bounds what is kept of the variables, in bytes: no path that can
// be opened is longer.
const maxTrustPath = 4096

// isOwnTrust reports whether ssmcheck's own environment leads to the same trust
// store: then crypto/x509 reads it by itself.
func (p *Prober) isOwnTrust(c trustSettings) bool {
	return c.file() == p.getenv("SSL_CERT_FILE") && c.directories() == p.getenv("SSL_CERT_DIR")
}

// places are the files and directories of the trust store, as names of Files.
func (c trustSettings) places() (files, directories []string) {
	files, directories = trustFiles, trustDirectories
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

// inRoot gives a path of the environment as a name of Files.
func inRoot(name string) string {
	if absolute, err := filepath.Abs(name); err == nil {
		name = absolute
	}
	return strings.TrimPrefix(filepath.ToSlash(name), "/")
}

// roots reads a trust store as crypto/x509 does: the first of the files that
// can be read, and everything in the directories. trustTrap has looked at them.
// unread is why a part that is there could not be read. nil: all was.
func (p *Prober) roots(c trustSettings) (pool *x509.CertPool, unread *observation.Failure) {
	pool = x509.NewCertPool()
	note := func(failure *observation.Failure) {
		if unread == nil && failure != nil && !failure.Of(observation.KindAbsent, observation.KindOther) {
			unread = failure
			unread.Text = clip("trust store: "+unread.Text, maxText)
			if c.hides() {
				unread.Text = "trust store: a part of it cannot be read"
			}
		}
	}
	files, directories := c.places()
	for _, name := range files {
		failure := p.addRoots(pool, name)
		if failure == nil {
			break
		}
		note(failure)
	}
	for _, name := range directories {
		entries, err := listDirectory(p.files(), name, maxTrustFiles) // of what there is crypto/x509 takes what it gets, too
		if err != nil {
			note(p.readFailure(name, err))
		}
		for _, e := range entries {
			note(p.addRoots(pool, name+"/"+e.Name()))
		}
	}
	return pool, unread
}

// addRoots takes the roots of one file. What is no file holds none.
func (p *Prober) addRoots(pool *x509.CertPool, name string) *observation.Failure {
	info, failure := p.stat(name)
	if failure != nil {
		return failure
	}
	if info.IsDir() || info.Mode()&fs.ModeSocket != 0 {
		return p.notRegular(name)
	}
	f, err := p.files().Open(name)
	if err != nil {
		return p.readFailure(name, err)
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	b, err := io.ReadAll(io.LimitReader(f, maxTrustFile))
	if err != nil {
		return p.readFailure(name, err)
	}
	pool.AppendCertsFromPEM(b)
	return nil
}
