package service

import (
	"github.com/ssmcheck/ssmcheck/pkg/observation"
	"github.com/ssmcheck/ssmcheck/pkg/probe/handshake"
)

// trustNames are the variables by which a Go program on Linux finds its trust
// store (crypto/x509, root_unix.go).
var trustNames = []string{"SSL_CERT_FILE", "SSL_CERT_DIR"}

// TrustConfig says where the agent's service has its trust store, by its
// environment. Where that is not known the agent is taken to have none of the
// variables, as hardly any service has.
func (p Reader) TrustConfig(e Environment) handshake.StoreSettings {
	if len(handshake.StoreFiles) == 0 {
		return handshake.StoreSettings{} // here the variables count for nothing
	}
	var c handshake.StoreSettings
	c.File, c.From = e.first("SSL_CERT_FILE")
	directories, from := e.first("SSL_CERT_DIR")
	if c.Directories = directories; c.From == "" {
		c.From = from
	}
	c.ShellDiffers = !handshake.IsOwnStore(p.Machine, c) && !handshake.IsOwnStore(p.Machine, handshake.StoreSettings{})
	c.File, c.Raw.File = shownTrust(c.File, observation.HidePath)
	c.Directories, c.Raw.Directories = shownTrust(c.Directories, observation.HidePaths)
	return c
}

// shownTrust gives what may be shown of a variable, and where that is not all of
// it the value.
func shownTrust(value string, hide func(string) string) (shown, raw string) {
	if shown = hide(value); shown != value {
		raw = observation.Truncate(value, maxTrustPath)
	}
	return observation.Truncate(shown, maxTrustPath), raw
}

// maxTrustPath bounds what is kept of the variables, in bytes: no path that can
// be opened is longer.
const maxTrustPath = 4096
